/**
 * How fast units finish: counts of finishes in two fixed sets of time buckets, one fine for the last minute, one that
 * always covers the whole session. Adding a finish allocates nothing; memory does not grow.
 *
 * @layer logic
 * @module
 */

const fineBuckets = 64
const fineWidthMs = 1_000
const coarseBuckets = 64
const coarseWidthMinMs = 250
/** The recent window: long enough to be calm, short enough to follow a change. */
const recentMs = 30_000
/** The steady window is a quarter of the session, at least this. */
const steadyMinMs = 10_000
/** Finishes that a window should hold; it grows until it does. */
const finishesWanted = 8
/** Rates further apart than this factor are not steady. */
const spreadMax = 3

export interface Rates {
  /** Finishes per second of late. */
  readonly recent: number
  /** Finishes per second over the steady window, for a forecast. */
  readonly steady: number
  /** Whether a forecast may be made: the windows, and the two halves of the steady one, agree within a factor of 3. */
  readonly isSteady: boolean
}

export class FinishRate {
  readonly #fine = new Int32Array(fineBuckets)
  #fineHead = 0
  readonly #coarse = new Int32Array(coarseBuckets)
  #coarseWidthMs = coarseWidthMinMs

  /** Counts one finish at so many milliseconds after the start. */
  add(elapsedMs: number): void {
    const elapsed = elapsedMs > 0 ? elapsedMs : 0
    const fine = Math.floor(elapsed / fineWidthMs)
    if (fine > this.#fineHead) {
      const first = Math.max(this.#fineHead + 1, fine - fineBuckets + 1)
      for (let i = first; i <= fine; i++) this.#fine[i % fineBuckets] = 0
      this.#fineHead = fine
    }
    // A clock that was set back counts for the newest bucket.
    bump(this.#fine, this.#fineHead % fineBuckets)
    while (elapsed >= this.#coarseWidthMs * coarseBuckets) this.#widen()
    bump(this.#coarse, Math.floor(elapsed / this.#coarseWidthMs))
  }

  #widen(): void {
    for (let i = 0; i < coarseBuckets; i++) {
      const both = i * 2 < coarseBuckets ? at(this.#coarse, i * 2) + at(this.#coarse, i * 2 + 1) : 0
      this.#coarse[i] = both
    }
    this.#coarseWidthMs *= 2
  }

  rates(elapsedMs: number): Rates {
    const steady = this.#steady(elapsedMs)
    const recent = this.#recent(elapsedMs) ?? steady.rate
    const isSteady = agree(recent, steady.rate) && agree(steady.older, steady.newer)
    return { recent, steady: steady.rate, isSteady }
  }

  /** The rate of the last half minute; `undefined` where it holds too few finishes to say. */
  #recent(elapsedMs: number): number | undefined {
    const now = Math.floor(elapsedMs / fineWidthMs)
    const first = Math.max(0, Math.floor((elapsedMs - recentMs) / fineWidthMs) + 1, this.#fineHead - fineBuckets + 1)
    let count = 0
    for (let i = first; i <= Math.min(now, this.#fineHead); i++) count += at(this.#fine, i % fineBuckets)
    return count < finishesWanted ? undefined : perSecond(count, elapsedMs - first * fineWidthMs)
  }

  #steady(elapsedMs: number): { readonly rate: number; readonly older: number; readonly newer: number } {
    const width = this.#coarseWidthMs
    const last = Math.min(coarseBuckets - 1, Math.floor(elapsedMs / width))
    const windowMs = Math.max(steadyMinMs, elapsedMs / 4)
    let first = last
    let count = at(this.#coarse, last)
    while (first > 0 && (elapsedMs - first * width < windowMs || count < finishesWanted)) {
      first--
      count += at(this.#coarse, first)
    }
    const startMs = first * width
    const middle = Math.min(last, Math.max(first, Math.round((startMs + elapsedMs) / 2 / width)))
    let older = 0
    for (let i = first; i < middle; i++) older += at(this.#coarse, i)
    return {
      rate: perSecond(count, elapsedMs - startMs),
      older: perSecond(older, middle * width - startMs),
      newer: perSecond(count - older, elapsedMs - middle * width),
    }
  }
}

const at = (buckets: Int32Array, index: number): number => buckets[index] ?? 0

const bump = (buckets: Int32Array, index: number): void => {
  buckets[index] = at(buckets, index) + 1
}

const perSecond = (count: number, durationMs: number): number => (durationMs > 0 ? (count * 1000) / durationMs : 0)

const agree = (a: number, b: number): boolean => a > 0 && b > 0 && a <= b * spreadMax && b <= a * spreadMax
