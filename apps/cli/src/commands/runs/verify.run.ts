/**
 * Handler of `heddle runs verify`.
 *
 * @layer app
 * @module
 */
import { resolve } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger } from "@heddle/core/Ledger"
import * as Plan from "@heddle/core/Plan"
import * as ReceiptFile from "@heddle/core/ReceiptFile"
import * as ExtractHistory from "@heddle/studies/ExtractHistory"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import { placesOf } from "../../runtime/begun.ts"
import { paste } from "../../runtime/paste.ts"
import { findRun, nothingFound } from "../../runtime/findRun.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { outputFolderOf, readReceipt } from "../../runtime/receiptFiles.ts"
import { ownerOf } from "../../runtime/experiments/studyExport.ts"
import { withExistingLedger } from "../../runtime/workspace.ts"
import { sameNamedInside } from "../../runtime/workspacePlaces.ts"

/** Replaced files that are named one by one for people; the rest are counted. */
const replacedNamedMax = 20

export const handler: Handler = Effect.gen(function* () {
  const cli = yield* Cli
  const { invocation, output } = cli
  return yield* withExistingLedger(
    Effect.gen(function* () {
      const { kind, runId, sessions } = yield* findRun(invocation.positionals[0])
      const receipt = yield* readReceipt(runId, kind)
      const folder = yield* outputFolderOf(receipt)
      const places = placesOf(cli.settings.workspace, receipt.details)
      const isStudy = kind === "experiments" && places.outputFolder !== undefined
      const report = yield* ReceiptFile.verify(receipt, folder)
      // A later extract into the same folder renews files; that is no damage where the ledger has the very bytes found.
      const replaced = yield* ExtractHistory.replacements(
        runId,
        report.artifacts.flatMap(({ found, path, status }) =>
          status === "differs" && found !== undefined ? [{ path, sha256: found.sha256 }] : [],
        ),
      )
      const planProblem =
        receipt.sessions === sessions
          ? yield* checkPlan(runId, receipt.planHash)
          : `the receipt is of session ${receipt.sessions}, and the ledger has ${sessions}: make it again with \`${isStudy ? paste(cli, "experiments", "resume", runId) : paste(cli, "runs", "receipt", runId)}\``
      // The listing names files by their whole paths, so that it can be checked from any folder.
      const artifacts = receipt.artifacts.map((artifact) => ({ ...artifact, path: resolve(folder, artifact.path) }))
      if (output.json) {
        for (const { path, status, expected, found, problem } of report.artifacts) {
          const by = replaced.get(path)
          yield* output.line({
            type: "checked",
            runId,
            level: status === "same" || by !== undefined ? "info" : "error",
            path: resolve(folder, path),
            status: by === undefined ? status : "replaced",
            ...(by === undefined ? {} : { replacedBy: by.runId, replacedAt: new Date(by.atMs).toISOString() }),
            expected: { bytes: expected.bytes, sha256: expected.sha256 },
            ...(found === undefined ? {} : { found }),
            ...(problem === undefined ? {} : { problem }),
          })
        }
      } else {
        yield* output.data(ReceiptFile.sha256sums({ ...receipt, artifacts }))
      }
      const wrong = report.artifacts.filter(({ path, status }) => status !== "same" && !replaced.has(path))
      // A run of experiments writes files; a receipt of none vouches for nothing.
      const noFiles =
        isStudy && receipt.artifacts.length === 0
          ? `the receipt lists no file, and a run of experiments writes some: ${folder}`
          : undefined
      const failed = wrong.length + (planProblem === undefined ? 0 : 1) + (noFiles === undefined ? 0 : 1)
      const count = report.artifacts.length + 1 + (noFiles === undefined ? 0 : 1)
      if (output.json)
        yield* output.line({ type: "end", runId, count, failed, replaced: replaced.size, planHash: receipt.planHash })
      const passed = count - failed - replaced.size
      yield* output.note(
        `run ${runId}: ${passed} of ${count} checks passed (the plan and ${report.artifacts.length} files, read back)`,
      )
      if (report.artifacts.length > 0) yield* output.note(`files read: ${folder}`)
      const inside = sameNamedInside(cli.settings.workspace, folder)
      if (inside !== undefined) {
        yield* output.warn(
          `warning: the run wrote outside of this workspace's project, and that is what was read; ${inside} was not`,
        )
      }
      for (const [path, by] of [...replaced].slice(0, replacedNamedMax)) {
        yield* output.note(
          `${resolve(folder, path)} replaced by run ${by.runId} at ${new Date(by.atMs).toISOString()}; verify that run for it`,
        )
      }
      if (replaced.size > replacedNamedMax) {
        const runs = [...new Set([...replaced.values()].map((by) => by.runId))]
        yield* output.note(
          `and ${replaced.size - replacedNamedMax} more replaced files; written by: ${runs.join(", ")} (--json names each)`,
        )
      }
      if (failed === 0) return ExitCode.ok
      const problems = [
        ...(planProblem === undefined ? [] : [`error: ${planProblem}`]),
        ...(noFiles === undefined ? [] : [`error: ${noFiles}`]),
        ...wrong.map(
          ({ path, problem, status }) =>
            `error: ${resolve(folder, path)} ${status}${problem === undefined ? "" : `: ${problem}`}`,
        ),
      ]
      const replacedBy = isStudy && wrong.length > 0 ? (yield* ownerOf(folder))?.runId : undefined
      const isOther = replacedBy !== undefined && replacedBy !== runId
      if (isOther) problems.push(`error: ${folder} holds the files of run ${replacedBy} now`)
      const extracted = kind === "studies" && receipt.artifacts.some(({ path }) => path !== places.valuesFile)
      const hints = [
        ...(isOther
          ? [
              `write the files of this run elsewhere, from the ledger: ${paste(cli, "experiments", "export", runId, "--out", "ELSEWHERE")}`,
              `verify the run whose files these are: ${paste(cli, "runs", "verify", replacedBy)}`,
            ]
          : isStudy && (wrong.length > 0 || noFiles !== undefined)
            ? [`write the files again, from the ledger: ${paste(cli, "experiments", "resume", runId)}`]
            : wrong.length > 0
              ? ["restore the files that the run wrote, from a copy, and verify again"]
              : []),
        ...(wrong.length > 0 && extracted
          ? [
              `or extract again into a new folder: ${paste(cli, "studies", "extract", "--full", "--out", "extract-again")}`,
            ]
          : []),
        paste(cli, "runs", "show", runId),
      ]
      yield* output.warn(`${problems.join("\n")}\n\n${hints.map((hint) => `hint: ${hint}`).join("\n")}`)
      return ExitCode.mismatch
    }),
    () => Effect.fail(nothingFound({})),
  )
})

/** What is wrong with the stored plan, or `undefined`. */
const checkPlan = Effect.fnUntraced(function* (runId: string, receiptHash: string) {
  const ledger = yield* Ledger
  const plan = yield* ledger.getPlan(runId)
  const verified = yield* Effect.result(Plan.verify(plan))
  if (verified._tag === "Failure") return `the plan: ${verified.failure.message}`
  return plan.hash === receiptHash
    ? undefined
    : `the plan: the ledger has ${plan.hash}, and the receipt says ${receiptHash}`
})
