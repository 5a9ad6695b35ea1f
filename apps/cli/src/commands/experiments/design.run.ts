/**
 * Handler of `heddle experiments design`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as DurableNode from "@heddle/core/node/DurableNode"
import { placeColumns } from "@heddle/experiments/DesignPlaces"
import { toCsv } from "@heddle/experiments/GenerateDoe"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import {
  cellText,
  columnsOf,
  conditionLine,
  conditionRow,
  placeCells,
  reportLines,
} from "../../runtime/experiments/designText.ts"
import { writeNew } from "../../runtime/experiments/newFile.ts"
import { designOf, loadStudy } from "../../runtime/experiments/studyFile.ts"
import type { Handler } from "../../runtime/Handler.ts"

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output, settings } = yield* Cli
  const loaded = yield* loadStudy(invocation.positionals[0] ?? "")
  const { conditions, report } = yield* designOf(loaded)
  const places = placeColumns(loaded.study, conditions)
  const out = settings.text("out")
  if (out !== undefined) {
    yield* Effect.provide(
      writeNew(out, toCsv(conditions.map((condition) => conditionRow(loaded.study.studyId, condition, places)))),
      DurableNode.layer,
    )
  }
  if (output.json) {
    for (const condition of conditions) yield* output.data(conditionLine(condition))
  } else {
    const factors = columnsOf(conditions.map((condition) => condition.factorAssignments))
    const blocks = columnsOf(conditions.map((condition) => condition.blockAssignments))
    yield* output.table(
      [
        { title: "condition", whole: true },
        ...factors.map((title) => ({ title })),
        ...blocks.map((name) => ({ title: `block ${name}` })),
        ...places.map((title) => ({ title })),
        { title: "admissible" },
        { title: "constraints", spare: 1 },
      ],
      conditions.map((condition) => [
        condition.conditionId,
        ...factors.map((name) => cellText(condition.factorAssignments.get(name))),
        ...blocks.map((name) => cellText(condition.blockAssignments.get(name))),
        ...placeCells(condition, places),
        condition.admissible ? "yes" : "no",
        condition.constraintMessages.join("; "),
      ]),
    )
  }
  for (const line of reportLines(report)) yield* output.note(line)
  if (out !== undefined) yield* output.note(`conditions: ${out}`)
  return ExitCode.ok
})
