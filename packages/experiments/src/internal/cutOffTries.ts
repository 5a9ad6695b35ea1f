/**
 * Tries that began and were cut off with their process, from the events of a run: such a try has a beginning on record and
 * no end. The next session counts it as spent in full, so files and reports have to name it.
 *
 * @layer logic
 * @module
 */
import type { StoredEvent } from "@heddle/core/RunEvent"
import type { CutOffTry } from "../Run.ts"

/** Why such a try has no end. */
export const cutOffMessage = "cut off with its process"

type Caps = { readonly [name: string]: number }

/** Gathers while the events of a run pass by in their order. */
export class CutOffTries {
  readonly #open = new Map<string, CutOffTry>()
  readonly #cutOff = new Map<string, Array<CutOffTry>>()

  add({ atMs, event }: Pick<StoredEvent, "atMs" | "event">): void {
    switch (event.type) {
      case "unitStarted":
        this.#open.set(event.id, { attempt: event.attempt, startedAtMs: atMs })
        return
      case "unitRetrying":
        this.#open.delete(event.id)
        return
      case "unitFinished":
        this.#open.delete(event.outcome.id)
        return
      // A session that begins finds the tries open that the one before it was killed in.
      case "runStarted":
      case "runFinished":
        this.#close()
        return
      default:
        return
    }
  }

  #close(): void {
    for (const [id, found] of this.#open) {
      const list = this.#cutOff.get(id)
      if (list === undefined) this.#cutOff.set(id, [found])
      else list.push(found)
    }
    this.#open.clear()
  }

  /** By run id. `isUnderWay`: the last session goes on, so that what is open in it was not cut off. */
  found(isUnderWay: boolean, capsOf: (id: string) => Caps | undefined): ReadonlyMap<string, ReadonlyArray<CutOffTry>> {
    if (!isUnderWay) this.#close()
    return new Map(
      Array.from(this.#cutOff, ([id, tries]) => {
        const charged = capsOf(id)
        return [id, charged === undefined ? tries : tries.map((one) => ({ ...one, charged }))]
      }),
    )
  }
}
