// Enrollment of two studies, each failing alone, as a table.
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { StudyMemory, StudyOrchestrator } from "@heddle/studies"
import { enrollment } from "@heddle/studies/BuiltIn"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"

const subject = (siteId: number, enrollmentStartDate: string | null) => ({
  siteId,
  deleted: false,
  enrollmentStartDate,
})

const studies = StudyMemory.layer({
  "PROT-01": {
    sites: [{ siteId: 1, siteName: "Bern" }],
    subjects: [subject(1, "2026-01-10T00:00:00Z"), subject(1, "2026-03-02T00:00:00Z"), subject(1, null)],
  },
  "PROT-02": { sites: [{ siteId: 4, siteName: "Lyon" }] },
})

const report = await Effect.runPromise(
  Effect.flatMap(StudyOrchestrator, (orchestrator) => orchestrator.executePipeline(enrollment)).pipe(
    Effect.provide(StudyOrchestrator.layer.pipe(Layer.provide(studies))),
    Effect.provide([LedgerMemory.layer(), Logger.layer([])]),
  ),
)
for (const unit of report.receipt.units) {
  const months = unit.value?.months.map(({ month, cumulative }) => `${month} ${cumulative}`).join(", ")
  process.stdout.write(`${unit.id}\t${unit.status}\t${unit.value?.subjects} subjects\t${months}\n`)
}
