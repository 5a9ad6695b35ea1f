/**
 * Handler of `heddle experiments report`.
 *
 * @layer app
 * @module
 */
import { resolve } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import * as DurableNode from "@heddle/core/node/DurableNode"
import * as Report from "@heddle/experiments/Report"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { Cli } from "../../runtime/Cli.ts"
import { gatheredFor } from "../../runtime/experiments/gathered.ts"
import { writeOwned } from "../../runtime/experiments/ownedFiles.ts"
import type { Handler } from "../../runtime/Handler.ts"

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output, settings } = yield* Cli
  const gathered = yield* gatheredFor(invocation.positionals)
  for (const note of gathered.notes) yield* output.note(note)
  const { model, runId = null } = gathered
  const { analysis, study } = model
  const asked = settings.text("format")
  const format = Report.formats.find((one) => one === asked) ?? "both"
  const out = settings.text("out")
  const folder = out === undefined ? gathered.place : resolve(out)
  const mark = Report.markOf(study.studyId)
  const written = yield* Effect.provide(
    writeOwned(
      folder,
      Report.files(model, format).map((file) => ({ ...file, isOurs: (text) => text.includes(mark) })),
    ),
    DurableNode.layer,
  )
  // The runs are described all the same; that nothing was tested must not be overlooked.
  if (Result.isFailure(gathered.analysis)) {
    yield* output.warn(`warning: the report has no results: ${gathered.analysis.failure.message}`)
  }
  if (output.json) {
    for (const { bytes, path, sha256 } of written) yield* output.line({ type: "file", runId, path, bytes, sha256 })
    yield* output.line({
      type: "report",
      runId,
      studyId: study.studyId,
      folder,
      files: written.length,
      analysed: analysis !== undefined,
      confirmatory: analysis?.confirmatory.length ?? 0,
      exploratory: analysis?.exploratory.length ?? 0,
    })
  } else {
    for (const { path, sha256 } of written) yield* output.data(`${sha256}  ${path}\n`)
    yield* output.note(`report of ${study.studyId}: ${folder}`)
  }
  return ExitCode.ok
})
