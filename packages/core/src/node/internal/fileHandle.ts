/**
 * Single operations of the real file system, with their errors sorted by what somebody can do about them.
 *
 * @layer adapter
 * @module
 */
import * as Effect from "effect/Effect"
import type { FileHandle as NodeHandle } from "node:fs/promises"
import { DurableError, type Operation } from "../../Durable.ts"
import type { FileHandle } from "../../FileOps.ts"

const kindOf = (code: string | undefined): DurableError["kind"] => {
  switch (code) {
    case "ENOSPC":
    case "EDQUOT":
    case "EFBIG":
      return "full"
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return "permission"
    case "ENOENT":
      return "missing"
    case "EEXIST":
      return "exists"
    case "EBUSY":
    case "EAGAIN":
    case "ETXTBSY":
    case "EMFILE":
    case "ENFILE":
      return "busy"
    case "EISDIR":
    case "ENOTDIR":
    case "ENOTEMPTY":
      return "notAFile"
    default:
      return "other"
  }
}

/** The system's code of an error, such as `ENOENT`. */
export const codeOf = (error: unknown): string | undefined =>
  error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : undefined

/**
 * One operation of the system, with its error by kind. Not interruptible: what the system has begun cannot be taken back,
 * and its file must not be closed under it.
 */
export const attempt = <A>(operation: Operation, path: string, run: () => Promise<A>): Effect.Effect<A, DurableError> =>
  Effect.uninterruptible(
    Effect.tryPromise({
      try: run,
      catch: (error) =>
        error instanceof DurableError
          ? error
          : new DurableError({
              operation,
              path,
              kind: kindOf(codeOf(error)),
              problem: error instanceof Error ? error.message : String(error),
            }),
    }),
  )

/** An open file as the operations know it. */
export const handleOf = (path: string, handle: NodeHandle): FileHandle => ({
  write: (chunk) =>
    attempt("write", path, async () => {
      for (let at = 0; at < chunk.length;) {
        const { bytesWritten } = await handle.write(chunk, at, chunk.length - at)
        if (bytesWritten === 0) {
          throw new DurableError({ operation: "write", path, kind: "short", problem: "the system took no more bytes" })
        }
        at += bytesWritten
      }
    }),
  sync: attempt("sync", path, () => handle.sync()),
  close: attempt("close", path, () => handle.close()),
})
