/**
 * Handler of `heddle experiments diff`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import { type Compared, comparedOf } from "../../runtime/experiments/compared.ts"
import { layerImports } from "../../runtime/experiments/experiment.ts"
import { differences, valueText } from "../../runtime/experiments/studyDifference.ts"
import { paste } from "../../runtime/paste.ts"
import type { Handler } from "../../runtime/Handler.ts"

interface Row {
  readonly what: "study" | "condition" | "run" | "measure"
  readonly where: string
  readonly before: string
  readonly after: string
}

export const handler: Handler = Effect.gen(function* () {
  const cli = yield* Cli
  const { invocation, output } = cli
  const [first = "", second = ""] = invocation.positionals
  const before = yield* comparedOf(first)
  const after = yield* comparedOf(second)
  const rows = rowsOf(before, after)
  if (output.json) {
    for (const row of rows) yield* output.line({ type: "difference", ...row })
    yield* output.line({ type: "end", count: rows.length, equal: rows.length === 0 })
  } else if (rows.length > 0) {
    yield* output.table(
      [{ title: "what" }, { title: "where", whole: true }, { title: first }, { title: second }],
      rows.map((row) => [row.what, row.where, row.before, row.after]),
    )
  }
  if (rows.length === 0) {
    yield* output.note(`${first} and ${second} do not differ`)
    return ExitCode.ok
  }
  yield* output.warn(
    `${rows.length} ${rows.length === 1 ? "difference" : "differences"}\n\nhint: ${paste(cli, "experiments", "diff", first, second, "--json")}`,
  )
  return ExitCode.mismatch
}).pipe(Effect.provide(layerImports))

const rowsOf = (before: Compared, after: Compared): ReadonlyArray<Row> => {
  const rows: Array<Row> = differences(before.study, after.study).map((difference) => ({
    what: "study",
    where: difference.path,
    before: valueText(difference.before),
    after: valueText(difference.after),
  }))
  for (const id of new Set([...before.conditions.keys(), ...after.conditions.keys()])) {
    const [left, right] = [before.conditions.get(id), after.conditions.get(id)]
    if (left !== undefined && right !== undefined) continue
    rows.push({ what: "condition", where: id, before: left ?? absent, after: right ?? absent })
  }
  for (const id of new Set([...before.runs.keys(), ...after.runs.keys()])) {
    const [left, right] = [before.runs.get(id), after.runs.get(id)]
    if (left === undefined || right === undefined || left.status !== right.status) {
      // A plan says nothing of how its runs end.
      const planned = left?.status === "planned" || right?.status === "planned"
      if (left !== undefined && right !== undefined && planned) continue
      rows.push({ what: "run", where: id, before: left?.status ?? absent, after: right?.status ?? absent })
      continue
    }
    for (const name of new Set([...left.measures.keys(), ...right.measures.keys()])) {
      const [one, other] = [left.measures.get(name), right.measures.get(name)]
      if (Object.is(one, other)) continue
      rows.push({ what: "measure", where: `${id} ${name}`, before: numberText(one), after: numberText(other) })
    }
  }
  return rows
}

const absent = "(nothing)"

const numberText = (value: number | null | undefined): string =>
  value === undefined ? absent : value === null ? "missing" : String(value)
