/**
 * Writing to a stream whose reader may go away (EPIPE): then nothing more is written, and nothing else happens.
 *
 * @layer adapter
 * @module
 */
import type { Writable } from "node:stream"

/** Streams whose errors are heard already; one listener each is enough for the life of the process. */
const guarded = new WeakMap<Writable, { broken: boolean }>()

/** A function that writes until the stream says that nobody reads any more. It never throws. */
export const guardedWrite = (stream: Writable): ((text: string) => void) => {
  const known = guarded.get(stream)
  const state = known ?? { broken: false }
  if (known === undefined) {
    guarded.set(stream, state)
    // Stays for good: the error of a last write may come after whoever wrote it has ended, and would end the process.
    stream.on("error", () => {
      state.broken = true
    })
  }
  return (text) => {
    if (!state.broken && !stream.destroyed && stream.writable) stream.write(text)
  }
}
