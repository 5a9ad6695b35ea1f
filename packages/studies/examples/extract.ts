// Extracts the subjects of a study to CSV twice: the second time only what changed is read.
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as DurableNode from "@heddle/core/node/DurableNode"
import { StudyMemory, StudyOrchestrator } from "@heddle/studies"
import { extract } from "@heddle/studies/BuiltIn"
import * as SinkCsv from "@heddle/studies/node/SinkCsv"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Logger from "effect/Logger"

const out = mkdtempSync(join(tmpdir(), "heddle-example-"))
const studies = StudyMemory.layer({
  "PROT-01": {
    subjects: [
      { subjectId: 1, subjectKey: "01-001", siteName: "=Bern", dateModified: "2026-01-10T00:00:00.000Z" },
      { subjectId: 2, subjectKey: "01-002", siteName: "Lyon", dateModified: "2026-02-10T00:00:00.000Z" },
    ],
  },
})

try {
  for (const round of [1, 2]) {
    const report = await Effect.runPromise(
      Effect.flatMap(StudyOrchestrator, (orchestrator) =>
        orchestrator.executePipeline(extract, { params: { resources: ["subjects"], format: "csv" } }),
      ).pipe(
        Effect.provide([
          StudyOrchestrator.layer.pipe(Layer.provide(studies)),
          SinkCsv.layer(out).pipe(Layer.provide(DurableNode.layer)),
          LedgerMemory.layer(),
          Logger.layer([]),
        ]),
      ),
    )
    const table = report.receipt.units[0]?.value?.tables[0]
    process.stdout.write(`round ${round}: ${table?.mode} (${table?.reason}), ${table?.rows} rows\n`)
  }
  process.stdout.write(readFileSync(join(out, "PROT-01", "subjects.csv"), "utf8"))
} finally {
  rmSync(out, { recursive: true })
}
