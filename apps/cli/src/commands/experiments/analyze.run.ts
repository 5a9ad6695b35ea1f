/**
 * Handler of `heddle experiments analyze`.
 *
 * @layer app
 * @module
 */
import { dirname, basename, resolve } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import * as DurableNode from "@heddle/core/node/DurableNode"
import * as AnalysisFile from "@heddle/experiments/AnalysisFile"
import type { ResultRow } from "@heddle/experiments/analysis/AnalysisResult"
import { intervalText, numberText, pText } from "@heddle/experiments/report/ReportNumbers"
import { cleanName } from "@heddle/experiments/report/ReportTexts"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Cli } from "../../runtime/Cli.ts"
import { gatheredFor } from "../../runtime/experiments/gathered.ts"
import { writeOwned } from "../../runtime/experiments/ownedFiles.ts"
import type { Handler } from "../../runtime/Handler.ts"

const words = { supported: "supported", notSupported: "not supported", notTested: "not tested" } as const

const row = (claim: string, { adjustedP, comparison, decision, hypothesisId, outcome, result, test }: ResultRow) => [
  claim,
  cleanName(hypothesisId ?? ""),
  cleanName(outcome),
  test,
  cleanName(comparison),
  result.estimateName === "" ? "" : numberText(result.estimate),
  result.interval === null ? "" : intervalText(result.interval.low, result.interval.high, result.interval.sides),
  pText(result.p),
  pText(adjustedP),
  String(result.n),
  claim === "exploratory" && decision !== "notTested" ? "" : words[decision],
]

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output, settings } = yield* Cli
  const gathered = yield* gatheredFor(invocation.positionals)
  for (const note of gathered.notes) yield* output.note(note)
  const result = yield* Effect.fromResult(gathered.analysis)
  const { confirmatory, deviations, exploratory, outcomes, runs, studyId } = result
  const out = settings.text("out")
  const written =
    out === undefined
      ? []
      : yield* Effect.provide(
          writeOwned(dirname(resolve(out)), [
            {
              path: basename(out),
              text: AnalysisFile.encode(result),
              isOurs: (text) => {
                const before = AnalysisFile.decode(text, out)
                return Result.isSuccess(before) && before.success.studyId === studyId
              },
            },
          ]),
          DurableNode.layer,
        )
  if (output.json) {
    const { runId = null } = gathered
    for (const claim of ["confirmatory", "exploratory"] as const) {
      for (const test of result[claim]) yield* output.line({ type: "test", runId, claim, ...test })
    }
    for (const { byCondition, byLevel, missing, model, notes, outcome, planned, primary, used } of outcomes) {
      yield* output.line({
        type: "outcome",
        runId,
        outcome,
        primary,
        planned,
        used,
        missing,
        byCondition,
        byLevel,
        model,
        notes,
      })
    }
    for (const deviation of deviations) yield* output.line({ type: "deviation", runId, ...deviation })
    yield* output.line({
      type: "analysis",
      runId,
      studyId,
      alpha: result.alpha,
      runs,
      confirmatory: confirmatory.length,
      supported: confirmatory.filter(({ decision }) => decision === "supported").length,
      notTested: confirmatory.filter(({ decision }) => decision === "notTested").length,
      exploratory: exploratory.length,
      deviations: deviations.length,
      ...(written[0] === undefined ? {} : { file: written[0] }),
    })
  } else {
    yield* output.table(
      [
        { title: "claim" },
        { title: "hypothesis" },
        { title: "outcome" },
        { title: "test" },
        { title: "comparison", spare: 1 },
        { title: "estimate" },
        { title: "interval" },
        { title: "p" },
        { title: "adjusted p" },
        { title: "n" },
        { title: "result" },
      ],
      [
        ...confirmatory.map((test) => row("confirmatory", test)),
        ...exploratory.map((test) => row("exploratory", test)),
      ],
    )
    for (const { kind, message } of deviations) yield* output.note(`deviation (${kind}): ${message}`)
    yield* output.note(
      `${studyId}: ${runs.done} of ${runs.planned} runs gave data; ${confirmatory.length} confirmatory and ${exploratory.length} exploratory tests at level ${result.alpha}`,
    )
    for (const { path, sha256 } of written) yield* output.note(`analysis: ${path} sha256:${sha256}`)
  }
  return ExitCode.ok
})
