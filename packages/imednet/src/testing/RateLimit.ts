/**
 * A limit on requests in any second, as a function of time: it says yes or no to a request at a moment.
 *
 * @layer logic
 * @module
 */

/** The limit, and what the server says to requests beyond it. @category models */
export interface RateLimit {
  /** Requests in any second, 1 or more. */
  readonly perSecond: number
  /** Sent as `Retry-After` with each 429; without it there is no such header. */
  readonly retryAfterSeconds?: number
}

/**
 * Tells for each request, at Unix or any other rising milliseconds, whether it is within the limit. Throws a `RangeError`
 * for a limit that is no whole number of 1 or more.
 *
 * @category constructors
 */
export const make = (limit: RateLimit | undefined): ((atMs: number) => boolean) => {
  if (limit === undefined) return () => true
  const { perSecond } = limit
  if (!Number.isInteger(perSecond) || perSecond < 1) {
    throw new RangeError(`rateLimit.perSecond must be a whole number of 1 or more, not ${perSecond}`)
  }
  let granted: Array<number> = []
  let oldest = 0
  return (atMs) => {
    while (oldest < granted.length && (granted[oldest] ?? atMs) <= atMs - 1000) oldest += 1
    if (granted.length - oldest >= perSecond) return false
    // Forgotten in blocks, so that a high limit costs no moves of a long array.
    if (oldest > 1024) {
      granted = granted.slice(oldest)
      oldest = 0
    }
    granted.push(atMs)
    return true
  }
}
