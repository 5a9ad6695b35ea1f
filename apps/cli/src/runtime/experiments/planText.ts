/**
 * The plan of a study for people and programs: a row per run in plan order, and what is to be known before anything is
 * spent.
 *
 * @layer app
 * @module
 */
import { untestable } from "@heddle/experiments/analysis/Rehearsal"
import type { Condition } from "@heddle/experiments/Condition"
import { placeColumns, placesOf } from "@heddle/experiments/DesignPlaces"
import { issueText } from "@heddle/experiments/ExperimentError"
import { orderNotes, periodPlaces, startOrder } from "@heddle/experiments/RunOrder"
import { emptyMap, type Value } from "@heddle/experiments/Value"
import * as Effect from "effect/Effect"
import { Cli } from "../Cli.ts"
import { cellText, columnsOf, jsonLine, placeCells, reportLines } from "./designText.ts"
import { withExistingLedger } from "../workspace.ts"
import { parallelismOf } from "./overrides.ts"
import { capLines, recordLines } from "./planCosts.ts"
import { type Experiment, findings, missingLines } from "./experiment.ts"
import { stoppingLines } from "./stoppingText.ts"

/** Prints the plan; runs nothing. */
export const showPlan = Effect.fn("planText.showPlan")(function* (experiment: Experiment) {
  const { output, settings } = yield* Cli
  const { missing, prepared, study } = experiment
  const { conditions, design, plan, planned } = prepared
  const byId = new Map<string, Condition>(conditions.map((condition) => [condition.conditionId, condition]))
  const starts: Array<number> = []
  startOrder(study, planned.runs, undefined, periodPlaces(study, conditions)).forEach((place, index) => {
    starts[place] = index + 1
  })
  const rows = planned.runs.map((run, index) => ({
    run,
    start: starts[index] ?? index + 1,
    unit: plan.units[index],
    condition: byId.get(run.conditionId),
  }))
  if (output.json) {
    for (const { condition, run, start, unit } of rows) {
      yield* output.data(
        jsonLine([
          ["type", "run"],
          ["run_id", run.runId],
          ["condition_id", run.conditionId],
          ["seed", run.seed],
          ["replicate", run.replicate],
          ["agent_id", run.agentId],
          ["problem_id", run.problemId],
          ["factor_assignments", condition?.factorAssignments ?? emptyMap],
          ["block_assignments", condition?.blockAssignments ?? emptyMap],
          ["design", condition === undefined ? emptyMap : placesOf(condition)],
          ["start", start],
          ["reason", unit?.reason ?? ""],
          ["fingerprint", unit?.fingerprint ?? ""],
        ]),
      )
    }
  } else {
    const factors = columnsOf(conditions.map((condition) => condition.factorAssignments))
    const blocks = columnsOf(conditions.map((condition) => condition.blockAssignments))
    const places = placeColumns(study, conditions)
    yield* output.table(
      [
        { title: "run", whole: true },
        { title: "why", spare: 1 },
        ...factors.map((title) => ({ title })),
        ...blocks.map((name) => ({ title: `block ${name}` })),
        ...places.map((title) => ({ title })),
        { title: "replicate", right: true },
        { title: "agent" },
        { title: "problem" },
        { title: "seed", right: true },
        { title: "start", right: true },
      ],
      rows.map(({ condition, run, start, unit }) => [
        run.runId,
        unit?.reason ?? "",
        ...factors.map((name) => cellText(valueIn(condition?.factorAssignments, name))),
        ...blocks.map((name) => cellText(valueIn(condition?.blockAssignments, name))),
        ...placeCells(condition, places),
        String(run.replicate),
        run.agentId ?? "",
        run.problemId ?? "",
        String(run.seed),
        String(start),
      ]),
    )
  }
  const admissible = conditions.filter((condition) => condition.admissible).length
  const left = planned.designed - planned.runs.length
  yield* output.note(
    `${planned.runs.length} runs of ${study.studyId}: ${admissible} of ${conditions.length} conditions, ${planned.replicates} replicates${left > 0 ? `, ${left} runs of the design left out by max_runs` : ""}`,
  )
  if (design !== undefined) for (const line of reportLines(design)) yield* output.note(line)
  const order = orderNotes(study, planned.replicates)
  yield* output.note(order.note)
  if (order.warning !== undefined) yield* output.note(`warning: ${order.warning}`)
  for (const line of stoppingLines(study, planned.replicates)) yield* output.note(line)
  const parallelism = (yield* Effect.fromResult(parallelismOf(settings))) ?? study.runBudget.parallelism
  for (const line of capLines(experiment)) yield* output.note(line)
  const recorded = yield* withExistingLedger(recordLines(experiment, parallelism), () => Effect.succeed([]))
  for (const line of recorded) yield* output.note(line)
  yield* output.note(`plan: ${plan.hash}`)
  const { errorTexts, warnings } = findings(experiment)
  for (const warning of warnings) yield* output.note(`warning: ${warning}`)
  for (const issue of untestable(study, conditions, planned.mode)) yield* output.note(`warning: ${issueText(issue)}`)
  for (const error of errorTexts) yield* output.note(`warning: a run will be refused: ${error}`)
  for (const problem of experiment.bound.absent) yield* output.note(`warning: ${problem}`)
  for (const [problem, flag] of missingLines(missing)) yield* output.note(`warning: ${problem}: ${flag}`)
})

const valueIn = (map: ReadonlyMap<string, Value> | undefined, name: string): Value | undefined => map?.get(name)
