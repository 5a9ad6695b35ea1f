/**
 * Receipts as files: written as a stream with one unit per line (and still one valid JSON document), read back through
 * the schema, and verified by reading every artifact again.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { type Artifact, Durable, type DurableError } from "./Durable.ts"
import { ExitCode } from "./ExitCode.ts"
import { problemOf } from "./internal/jsonValue.ts"
import { visible } from "./internal/progressText.ts"
import type { Outcome } from "./Outcome.ts"
import { Receipt, schemaVersion } from "./Receipt.ts"

export { retryHint, sha256sums, table } from "./internal/receiptText.ts"

/** Characters that are gathered before they are written. */
const writeCharactersMax = 64 * 1024

/** Artifacts that are read at the same time. */
const verifyConcurrency = 2

/** Entries and words that an error repeats at most. */
const namedMax = 20

/**
 * A receipt that cannot be written or read. Trying again does not help.
 * - `ValueNotJson`: a value in it would change on its way to the file (`NaN`, a date); nothing was written.
 * - `NotJson`, `NotReceipt`: the file is no JSON document, or no receipt.
 * - `TooNew`: written by a newer version.
 *
 * @category errors
 */
export class ReceiptError extends Schema.TaggedError<ReceiptError>()("ReceiptError", {
  path: Schema.String,
  reason: Schema.Union([
    Schema.TaggedStruct("ValueNotJson", { place: Schema.String, problem: Schema.String }),
    Schema.TaggedStruct("NotJson", { problem: Schema.String }),
    Schema.TaggedStruct("NotReceipt", { problem: Schema.String }),
    Schema.TaggedStruct("TooNew", { version: Schema.Finite, supported: Schema.Int }),
  ]),
}) {
  readonly retryable = false
  get exitCode(): ExitCode {
    return this.reason._tag === "ValueNotJson" ? ExitCode.bug : ExitCode.usage
  }
  get hints(): ReadonlyArray<string> {
    switch (this.reason._tag) {
      case "ValueNotJson":
        return ["return JSON from the work, or give the run a schema for its values"]
      case "TooNew":
        return ["use the version of heddle that wrote it, or a newer one"]
      default:
        return ["receipts are in the workspace folder: ls .heddle/receipts"]
    }
  }
  override get message(): string {
    const reason = this.reason
    switch (reason._tag) {
      case "ValueNotJson":
        return `the receipt ${this.path} cannot hold ${reason.place}: ${reason.problem}`
      case "NotJson":
        return `${this.path} is not a JSON document: ${reason.problem}`
      case "NotReceipt":
        return `${this.path} is not a receipt: ${reason.problem}`
      case "TooNew":
        return `${this.path} has receipt version ${reason.version}; this heddle knows ${reason.supported}`
    }
  }
}

/**
 * Writes a receipt durably. Units come from `unitsFrom` where it is given (such as `ledger.outcomes(runId)`), else from
 * the receipt; they are written as they come, so that a million of them need no more memory than one.
 *
 * Fails with {@link ReceiptError} `ValueNotJson` where a value would change on its way, with `DurableError` where the file
 * cannot be written, and with the stream's own error; no half-written file is left.
 *
 * @category writing
 */
export const write = <E = never, R = never>(
  path: string,
  receipt: Receipt,
  unitsFrom?: Stream.Stream<Outcome, E, R>,
): Effect.Effect<Artifact, DurableError | ReceiptError | E, Durable | R> =>
  Effect.scoped(
    Effect.gen(function* () {
      const file = yield* Effect.flatMap(Durable, (durable) => durable.create(path))
      let pending = ""
      const put = (text: string): Effect.Effect<void, DurableError> => {
        pending += text
        if (pending.length < writeCharactersMax) return Effect.void
        const chunk = pending
        pending = ""
        return file.write(chunk)
      }
      const encode = (value: unknown, place: string): Effect.Effect<string, ReceiptError> => {
        const found = problemOf(value)
        if (found === undefined) return Effect.succeed(JSON.stringify(value))
        const at = found.path === "" ? place : `${place}, ${found.path}`
        return Effect.fail(
          new ReceiptError({ path, reason: { _tag: "ValueNotJson", place: at, problem: found.problem } }),
        )
      }
      let written = 0
      const putUnits = Effect.fnUntraced(function* (units: ReadonlyArray<Outcome>) {
        for (const unit of units) {
          yield* put(written++ === 0 ? "\n" : ",\n")
          yield* put(yield* encode(unit, `unit ${visible(unit.id.slice(0, 80))}`))
        }
      })
      let first = true
      for (const [key, value] of Object.entries(receipt)) {
        if (value === undefined) continue
        yield* put(`${first ? "{" : ","}${JSON.stringify(key)}:`)
        first = false
        if (key !== "units") {
          yield* put(yield* encode(value, key))
          continue
        }
        yield* put("[")
        if (unitsFrom === undefined) yield* putUnits(receipt.units)
        else yield* Stream.runForEachArray(unitsFrom, putUnits)
        yield* put("\n]")
      }
      yield* file.write(`${pending}}\n`)
      return yield* file.commit
    }),
  )

/**
 * Reads a receipt and checks its form. Units are read whole into memory. Fails with {@link ReceiptError} where the file is
 * no receipt or from a newer version, with `DurableError` where it cannot be read.
 *
 * @category reading
 */
export const read = Effect.fn("ReceiptFile.read")(function* (
  path: string,
): Effect.fn.Return<Receipt, DurableError | ReceiptError, Durable> {
  const bytes = yield* Effect.flatMap(Durable, (durable) => durable.readFile(path))
  const json = yield* Effect.try({
    try: (): unknown => JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)),
    catch: (error) =>
      new ReceiptError({
        path,
        reason: { _tag: "NotJson", problem: visible(error instanceof Error ? error.message : String(error)) },
      }),
  })
  if (
    typeof json === "object" &&
    json !== null &&
    "type" in json &&
    json.type === "receipt" &&
    "schemaVersion" in json
  ) {
    const version = json.schemaVersion
    if (typeof version === "number" && version > schemaVersion) {
      return yield* new ReceiptError({ path, reason: { _tag: "TooNew", version, supported: schemaVersion } })
    }
  }
  return yield* Schema.decodeUnknownEffect(Receipt)(json).pipe(
    Effect.mapError(
      (error) => new ReceiptError({ path, reason: { _tag: "NotReceipt", problem: error.message.slice(0, 1_000) } }),
    ),
  )
})

/**
 * What reading one artifact again showed:
 * - `same`: length and SHA-256 are those of the receipt.
 * - `differs`, `missing`, `unreadable` (with the problem).
 * - `refused`: the path leads out of the folder; nothing was read.
 *
 * @category models
 */
export interface VerifiedArtifact {
  readonly path: string
  readonly status: "same" | "differs" | "missing" | "unreadable" | "refused"
  readonly expected: Artifact
  /** What is there now, where it could be read. */
  readonly found?: { readonly bytes: number; readonly sha256: string }
  readonly problem?: string
}

/** Every artifact in the order of the receipt. @category models */
export interface VerifyReport {
  readonly runId: string
  readonly artifacts: ReadonlyArray<VerifiedArtifact>
  /** How many were read back and are the same. */
  readonly same: number
  /** True where all are the same. A receipt without artifacts has nothing that could differ. */
  readonly ok: boolean
}

/**
 * Artifacts are not what the receipt says; names the first {@link namedMax}. Exit code 12; trying again does not help.
 *
 * @category errors
 */
export class VerifyError extends Schema.TaggedError<VerifyError>()("VerifyError", {
  runId: Schema.String,
  total: Schema.Int,
  wrong: Schema.Int,
  artifacts: Schema.Array(Schema.Struct({ path: Schema.String, status: Schema.String })),
}) {
  readonly exitCode = ExitCode.mismatch
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    return [
      `see what the run wrote: heddle runs show ${this.runId}`,
      "restore the files, or run it again into a new folder",
    ]
  }
  override get message(): string {
    const named = this.artifacts.map(({ path, status }) => `${visible(path)} ${status}`).join(", ")
    const more = this.wrong > this.artifacts.length ? ` and ${this.wrong - this.artifacts.length} more` : ""
    return `${this.wrong} of ${this.total} artifacts are not what the receipt of ${this.runId} says: ${named}${more}`
  }
}

/** Why a path must not be followed below a folder; `undefined` where it may. */
const refusalOf = (path: string): string | undefined => {
  if (path === "" || path.includes("\0")) return "it is no file name"
  if (/^[/\\]|^[A-Za-z]:/.test(path)) return "it is absolute"
  if (path.split(/[/\\]/).includes("..")) return "it leads out of the folder"
  return undefined
}

/**
 * Reads every artifact of a receipt again below `rootFolder` and compares length and SHA-256. Never fails: what could not
 * be read stands in the report. Paths that lead out of the folder by name are refused; symbolic links are followed.
 *
 * @category verifying
 */
export const verify = Effect.fn("ReceiptFile.verify")(function* (
  receipt: Receipt,
  rootFolder: string,
): Effect.fn.Return<VerifyReport, never, Durable> {
  const durable = yield* Durable
  const root = rootFolder === "" ? "." : rootFolder.replace(/(?<=.)\/+$/, "")
  const verifyOne = (expected: Artifact): Effect.Effect<VerifiedArtifact> => {
    const { path } = expected
    const refusal = refusalOf(path)
    if (refusal !== undefined) return Effect.succeed({ path, status: "refused", expected, problem: refusal })
    return Effect.match(durable.hashFile(root === "/" ? `/${path}` : `${root}/${path}`), {
      onFailure: (error): VerifiedArtifact => ({
        path,
        status: error.kind === "missing" ? "missing" : "unreadable",
        expected,
        problem: error.message,
      }),
      onSuccess: ({ bytes, sha256 }): VerifiedArtifact => ({
        path,
        status: bytes === expected.bytes && sha256 === expected.sha256.toLowerCase() ? "same" : "differs",
        expected,
        found: { bytes, sha256 },
      }),
    })
  }
  const artifacts = yield* Effect.forEach(receipt.artifacts, verifyOne, { concurrency: verifyConcurrency })
  const same = artifacts.filter(({ status }) => status === "same").length
  return { runId: receipt.runId, artifacts, same, ok: same === artifacts.length }
})

/** As {@link verify}, and fails with {@link VerifyError} where an artifact is not the same. @category verifying */
export const verifyOrFail = (receipt: Receipt, rootFolder: string): Effect.Effect<VerifyReport, VerifyError, Durable> =>
  Effect.flatMap(verify(receipt, rootFolder), (report) => {
    if (report.ok) return Effect.succeed(report)
    const wrong = report.artifacts.filter(({ status }) => status !== "same")
    return Effect.fail(
      new VerifyError({
        runId: report.runId,
        total: report.artifacts.length,
        wrong: wrong.length,
        artifacts: wrong.slice(0, namedMax).map(({ path, status }) => ({ path, status })),
      }),
    )
  })
