/**
 * Handler of `heddle runs verify`.
 *
 * @layer app
 * @module
 */
import { resolve } from "node:path"
import { Durable } from "@heddle/core/Durable"
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger } from "@heddle/core/Ledger"
import * as Plan from "@heddle/core/Plan"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import { findRun, nothingFound } from "../../runtime/findRun.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { outputFolderOf, readReceipt } from "../../runtime/receiptFiles.ts"
import { withExistingLedger } from "../../runtime/workspace.ts"

interface Check {
  readonly what: string
  readonly problem: string | undefined
}

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output } = yield* Cli
  return yield* withExistingLedger(
    Effect.gen(function* () {
      const run = yield* findRun(invocation.positionals[0])
      const receipt = yield* readReceipt(run.runId)
      const durable = yield* Durable
      const checks: Array<Check> = [yield* checkPlan(run.runId, receipt.planHash)]
      for (const artifact of receipt.artifacts) {
        const path = resolve(outputFolderOf(receipt), artifact.path)
        const found = yield* Effect.result(durable.hashFile(path))
        const problem =
          found._tag === "Failure"
            ? found.failure.message
            : found.success.sha256 !== artifact.sha256
              ? `its hash is ${found.success.sha256}, and the receipt says ${artifact.sha256}`
              : found.success.bytes !== artifact.bytes
                ? `it has ${found.success.bytes} bytes, and the receipt says ${artifact.bytes}`
                : undefined
        checks.push({ what: path, problem })
        if (output.json)
          yield* output.line({
            type: "checked",
            runId: run.runId,
            ...artifact,
            path,
            ok: problem === undefined,
            problem,
          })
        // What sha256sum escapes, a listing line must escape as well.
        else yield* output.data(`${listingLine(artifact.sha256, path)}\n`)
      }
      const wrong = checks.filter((check) => check.problem !== undefined)
      if (output.json) {
        yield* output.line({
          type: "end",
          runId: run.runId,
          count: checks.length,
          failed: wrong.length,
          planHash: receipt.planHash,
        })
      }
      yield* output.note(
        `run ${run.runId}: ${checks.length - wrong.length} of ${checks.length} checks passed (plan and ${checks.length - 1} files)`,
      )
      if (wrong.length === 0) return ExitCode.ok
      const lines = wrong.map(({ what, problem }) => `error: ${what}: ${problem}`)
      yield* output.warn(`${lines.join("\n")}\n\nhint: heddle studies extract --full`)
      return ExitCode.mismatch
    }),
    () => Effect.fail(nothingFound({})),
  )
})

const checkPlan = Effect.fnUntraced(function* (runId: string, receiptHash: string) {
  const ledger = yield* Ledger
  const plan = yield* ledger.getPlan(runId)
  const verified = yield* Effect.result(Plan.verify(plan))
  const problem =
    verified._tag === "Failure"
      ? verified.failure.message
      : plan.hash === receiptHash
        ? undefined
        : `the ledger's plan is ${plan.hash}, and the receipt says ${receiptHash}`
  const check: Check = { what: "plan", problem }
  return check
})

const listingLine = (sha256: string, path: string): string =>
  /[\\\n\r]/.test(path)
    ? `\\${sha256}  ${path.replaceAll("\\", "\\\\").replaceAll("\n", "\\n").replaceAll("\r", "\\r")}`
    : `${sha256}  ${path}`
