/**
 * A plan for people and programs: the rows that the run will have, in that order, with what each would cost in requests.
 *
 * @layer app
 * @module
 */
import type { ExitCode } from "@heddle/core/ExitCode"
import type { OrchestratorError } from "@heddle/studies/OrchestratorError"
import * as Estimate from "@heddle/studies/Estimate"
import * as Pipeline from "@heddle/studies/Pipeline"
import { StudyOrchestrator, type StudiesPlan } from "@heddle/studies/StudyOrchestrator"
import { StudyRegistry } from "@heddle/studies/StudyRegistry"
import * as Effect from "effect/Effect"
import { Cli } from "./Cli.ts"
import type { CommandError } from "./CommandError.ts"
import { endSelected } from "./selection.ts"
import { serverOf } from "./server.ts"
import { checkKeys } from "./studyKeys.ts"

/** From so many studies on, counting them takes long enough to be announced. */
const studiesToldMin = 50

/** Prints the plan; runs nothing. Gives the exit code. */
export const showPlan = Effect.fn("showPlan")(function* (
  pipeline: Pipeline.Executable,
  studies: StudiesPlan,
): Effect.fn.Return<ExitCode, OrchestratorError | CommandError, Cli | StudyOrchestrator | StudyRegistry> {
  const { output, settings } = yield* Cli
  const orchestrator = yield* StudyOrchestrator
  const { plan, selection } = studies
  const warnings = yield* checkKeys(selection)
  const counting = !settings.boolean("no-estimate")
  if (counting && plan.units.length > studiesToldMin) {
    yield* output.note(`counting what ${plan.units.length} studies hold; --no-estimate leaves it out`)
  }
  const estimate = counting
    ? yield* orchestrator.estimate(pipeline, studies)
    : Estimate.total((yield* Effect.fromResult(Pipeline.identityOf(pipeline))).name, false, [])
  const { server } = serverOf(settings)
  const estimates = new Map(estimate.studies.map((entry) => [entry.studyKey, entry]))
  if (output.json) {
    for (const unit of plan.units) {
      const entry = estimates.get(unit.id)
      yield* output.line({
        type: "unitPlanned",
        id: unit.id,
        studyKey: unit.id,
        reason: unit.reason,
        fingerprint: unit.fingerprint,
        // A study that could not be counted has no number, not a small one.
        estimatedRequests: estimate.declared && entry?.failure === undefined ? (entry?.requests ?? null) : null,
        resources: entry?.resources ?? [],
        ...(entry?.failure === undefined ? {} : { failure: entry.failure }),
      })
    }
    yield* output.line({
      type: "plan",
      kind: plan.kind,
      planHash: plan.hash,
      server,
      pipeline: estimate.pipeline,
      planned: plan.units.length,
      estimatedRequests: estimate.declared ? estimate.requests : null,
      notCounted: estimate.failed,
      selection,
    })
  } else if (plan.units.length > 0) {
    yield* output.table(
      [
        { title: "study" },
        { title: "reason" },
        { title: "resources" },
        { title: "items", right: true },
        { title: "requests", right: true },
      ],
      plan.units.map((unit) => {
        const entry = estimates.get(unit.id)
        const known = entry !== undefined && entry.failure === undefined && estimate.declared
        return [
          unit.label,
          unit.reason,
          entry?.resources.map(({ resource }) => resource).join(", ") ?? "",
          known ? String(entry.resources.reduce((sum, { items }) => sum + items, 0)) : "unknown",
          known ? String(entry.requests) : "unknown",
        ]
      }),
    )
  }
  const requests = estimate.declared
    ? `about ${estimate.requests} requests${estimate.failed > 0 ? `, ${estimate.failed} studies not counted` : ""}`
    : `an unknown number of requests (${counting ? "a pipeline file does not say what it reads" : "they were not counted"})`
  yield* output.note(`${plan.units.length} studies with ${estimate.pipeline}, ${requests}`)
  yield* output.note(`plan: ${plan.hash}`)
  yield* output.note(`server: ${server}`)
  for (const warning of warnings) yield* output.note(`warning: ${warning}`)
  for (const entry of estimate.studies) {
    if (entry.failure !== undefined)
      yield* output.note(`warning: ${entry.studyKey}: ${entry.failure.tag}: ${entry.failure.message}`)
  }
  return yield* endSelected(selection, (yield* StudyRegistry).location)
})
