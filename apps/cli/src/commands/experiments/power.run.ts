/**
 * Handler of `heddle experiments power`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Power from "@heddle/experiments/Power"
import * as Effect from "effect/Effect"
import type { Settings } from "../../config/Setting.ts"
import { Cli } from "../../runtime/Cli.ts"
import { CommandError } from "../../runtime/CommandError.ts"
import { designOf, loadStudy, reviewed } from "../../runtime/experiments/studyFile.ts"
import type { Handler } from "../../runtime/Handler.ts"

const usage = (problem: string, hint: string): CommandError =>
  new CommandError({ tag: "UsageError", problem, hints: [hint], code: ExitCode.usage })

const numberOf = (text: string): number | undefined => {
  const number = text.trim() === "" ? Number.NaN : Number(text)
  return Number.isFinite(number) ? number : undefined
}

/** `2.5`, or `score=2.5` once for each outcome. */
const sdOf = (words: ReadonlyArray<string>): Effect.Effect<Power.PowerOptions["sd"], CommandError> => {
  const wrong = (word: string) =>
    Effect.fail(
      usage(
        `--sd takes a number, or OUTCOME=N for each outcome; this is ${word}`,
        "heddle experiments power study.yaml --sd 2.5",
      ),
    )
  const [only] = words
  if (only === undefined) return Effect.undefined
  const plain = numberOf(only)
  if (plain !== undefined) return words.length === 1 ? Effect.succeed(plain) : wrong(words.join(" "))
  const byOutcome: Array<readonly [string, number]> = []
  for (const word of words) {
    const at = word.lastIndexOf("=")
    const number = at < 1 ? undefined : numberOf(word.slice(at + 1))
    if (number === undefined) return wrong(word)
    byOutcome.push([word.slice(0, at), number])
  }
  return Effect.succeed(Object.fromEntries(byOutcome))
}

const replicatesOf = (
  text: string | undefined,
): Effect.Effect<Pick<Power.PowerOptions, "replicates" | "replicatesRange">, CommandError> => {
  if (text === undefined) return Effect.succeed({})
  const range = /^(\d{1,6})\.\.(\d{1,6})$/.exec(text)
  if (range !== null) return Effect.succeed({ replicatesRange: [Number(range[1]), Number(range[2])] as const })
  return /^\d{1,6}$/.test(text)
    ? Effect.succeed({ replicates: Number(text) })
    : Effect.fail(
        usage(
          `--replicates takes a whole number, or two as in 2..20; this is ${text}`,
          "heddle experiments power study.yaml --replicates 2..20",
        ),
      )
}

const optionsOf = Effect.fnUntraced(function* (settings: Settings) {
  const sd = yield* sdOf(settings.list("sd") ?? [])
  const replicates = yield* replicatesOf(settings.text("replicates"))
  const numbers = {
    cv: settings.number("cv"),
    mean: settings.number("mean"),
    baselineRate: settings.number("baseline-rate"),
    effect: settings.number("effect"),
    otherEffects: settings.number("other-effects"),
    alpha: settings.number("alpha"),
    target: settings.number("target"),
    blockSd: settings.number("block-sd"),
    subjectSd: settings.number("subject-sd"),
    wholePlotSd: settings.number("whole-plot-sd"),
    failureShare: settings.number("failure-share"),
    simulations: settings.number("simulations"),
    seed: settings.number("seed"),
    costPerRun: settings.number("cost-per-run"),
  }
  const said = Object.fromEntries(Object.entries(numbers).filter(([, number]) => number !== undefined))
  const options: Power.PowerOptions = { ...(sd === undefined ? {} : { sd }), ...replicates, ...said }
  return options
})

const shown = (number: number | null, digits = 4): string =>
  number === null ? "" : String(Number(number.toPrecision(digits)))

const powerText = ({ power, powerHigh, powerLow }: Power.PowerRow): string =>
  power === null
    ? ""
    : powerLow === null || powerHigh === null
      ? power.toFixed(3)
      : `${power.toFixed(3)} (${powerLow.toFixed(3)} to ${powerHigh.toFixed(3)})`

const placeOf = ({ comparison, hypothesisId, outcome, test }: Power.PowerRow): string =>
  [hypothesisId, outcome, test, comparison].filter((part) => part !== "").join(", ")

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output, settings } = yield* Cli
  const options = yield* optionsOf(settings)
  const loaded = yield* loadStudy(invocation.positionals[0] ?? "")
  yield* reviewed(loaded)
  const { conditions } = yield* designOf(loaded)
  const isTold = !output.json && !output.quiet
  const onTest = ({ hypothesisId, isSimulated, outcome, place, test, tests }: Power.PowerTest): void => {
    if (isSimulated)
      output.stderrNow(
        `simulating studies: ${hypothesisId}, ${outcome}, ${test} (test ${place} of ${tests} of its plan)\n`,
      )
  }
  const report = yield* Effect.fromResult(
    Power.ofStudy(loaded.study, conditions, { ...options, ...(isTold ? { onTest } : {}) }),
  )
  const { notes, rows, target, ...head } = report
  if (output.json) {
    for (const row of rows) yield* output.line({ type: "power", studyId: report.studyId, target, ...row })
    yield* output.line({ type: "powerOfStudy", target, ...head, tests: rows.length, notes })
  } else {
    yield* output.table(
      [
        { title: "hypothesis", whole: true },
        { title: "outcome" },
        { title: "test" },
        { title: "comparison" },
        { title: "effect", right: true },
        { title: "runs", right: true },
        { title: "power" },
        { title: "detectable", right: true },
        { title: "replicates", right: true },
        { title: "runs needed", right: true },
        { title: "cost", right: true },
      ],
      rows.map((row) => [
        row.hypothesisId,
        row.outcome,
        row.test,
        row.comparison,
        shown(row.effect),
        row.groups.length > 0 ? row.groups.map(({ runs }) => runs).join("/") : String(row.runs),
        powerText(row),
        shown(row.minimumDetectableEffect),
        shown(row.replicatesForTarget, 9),
        shown(row.runsForTarget, 9),
        shown(row.costForTarget, 9),
      ]),
    )
  }
  yield* output.note(
    `plan: ${report.runs} runs, ${report.replicates} replicates${report.cost === null ? "" : `, ${shown(report.cost, 9)} at most at ${shown(report.costPerRun, 9)} a run`}; level ${report.alpha}, power wanted ${target}`,
  )
  for (const note of notes) yield* output.note(note)
  for (const row of rows) {
    const looks = row.sequential
    const early =
      looks === null || looks.expectedRuns === null
        ? ""
        : `; ${shown(looks.expectedRuns)} runs are expected until it stops`
    const effect = row.effectText === "" ? "" : `; effect: ${row.effectText}`
    yield* output.note(`${placeOf(row)}: ${row.methodText === "" ? "no test" : row.methodText}${effect}${early}`)
    for (const note of row.notes) {
      if (note.startsWith(Power.otherFactorsNote))
        yield* output.warn(`warning: ${placeOf(row)}: ${note.replace("otherEffects", "--other-effects")}`)
      else yield* output.note(`  ${note}`)
    }
    if (row.power === null) yield* output.warn(`warning: ${placeOf(row)}: its power is not known`)
    else if (row.power < target)
      yield* output.warn(
        `warning: ${placeOf(row)}: power ${row.power.toFixed(3)} is below ${target}${row.replicatesForTarget === null ? "" : `; ${row.replicatesForTarget} replicates reach it`}`,
      )
  }
  return ExitCode.ok
})
