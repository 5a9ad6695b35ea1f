/**
 * Handler of `heddle experiments bundle`.
 *
 * @layer app
 * @module
 */
import { existsSync, statSync } from "node:fs"
import { ExitCode } from "@heddle/core/ExitCode"
import * as DurableNode from "@heddle/core/node/DurableNode"
import { inspect } from "@heddle/experiments/ArtifactsCheck"
import * as StudyBundle from "@heddle/experiments/node/StudyBundle"
import * as Effect from "effect/Effect"
import { resolve } from "node:path"
import { Cli } from "../../runtime/Cli.ts"
import { CommandError } from "../../runtime/CommandError.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { shellWord } from "../../runtime/paste.ts"

/** Problems that are told one by one. */
const problemsShownMax = 20

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output, settings } = yield* Cli
  const given = invocation.positionals[0] ?? ""
  const folder = resolve(given)
  if (!existsSync(folder) || !statSync(folder).isDirectory()) {
    return yield* new CommandError({
      tag: "NoFolder",
      problem: `there is no folder ${given}`,
      hints: [`ls -ld ${shellWord(given)}`],
      code: ExitCode.usage,
    })
  }
  const report = yield* inspect(folder)
  if (report.problems.length > 0) {
    const shown = report.problems.slice(0, problemsShownMax).map(({ path, problem }) => `${path}: ${problem}`)
    const more = report.problems.length - shown.length
    return yield* new CommandError({
      tag: "FolderNotWhole",
      problem: `${given} is not whole, and nothing was packed: ${shown.join("; ")}${more > 0 ? `; and ${more} more` : ""}`,
      hints: ["write its files again from the ledger: heddle experiments export"],
      code: ExitCode.mismatch,
    })
  }
  const out = settings.text("out")
  const { artifact, files } = yield* StudyBundle.bundle(folder, out === undefined ? {} : { target: resolve(out) })
  if (output.json) yield* output.line({ type: "bundle", folder, files, ...artifact })
  else yield* output.data(`${artifact.path}\n`)
  yield* output.note(`${files} files, ${artifact.bytes} bytes, sha256 ${artifact.sha256}`)
  if (!report.hashed) yield* output.note("the folder has no hashes; its files, keys, headers and rows were checked")
  return ExitCode.ok
}).pipe(Effect.provide(DurableNode.layer))
