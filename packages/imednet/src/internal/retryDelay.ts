/**
 * How long to wait before the next try: what the server asks for, else full jitter.
 *
 * @layer logic
 * @module
 */

/** A `Retry-After` header: milliseconds from now, or `undefined` where it says nothing usable. */
export const retryAfterMs = (
  header: string | undefined,
  serverDate: string | undefined,
  nowMs: number,
): number | undefined => {
  const text = header?.trim()
  if (text === undefined || text === "") return undefined
  if (/^\d{1,9}$/.test(text)) return Number(text) * 1000
  const at = httpDate(text)
  if (at === undefined) return undefined
  // The server's own clock is the one that its date was written by.
  const now = (serverDate === undefined ? undefined : httpDate(serverDate)) ?? nowMs
  return at <= now ? undefined : at - now
}

const months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

/** Unix milliseconds of an HTTP date in the form that servers must send. */
const httpDate = (text: string): number | undefined => {
  const match = /^[A-Z][a-z]{2}, (\d{2}) ([A-Z][a-z]{2}) (\d{4}) (\d{2}):(\d{2}):(\d{2}) GMT$/.exec(text.trim())
  if (match === null) return undefined
  const month = months.indexOf(match[2] ?? "")
  if (month < 0) return undefined
  return Date.UTC(Number(match[3]), month, Number(match[1]), Number(match[4]), Number(match[5]), Number(match[6]))
}

/** Drawn evenly from 0 up to `base * 2^retry`, never above the bound. `random` is in [0, 1). */
export const jitteredMs = (retry: number, baseDelayMs: number, delayMaxMs: number, random: number): number =>
  Math.ceil(Math.min(delayMaxMs, baseDelayMs * 2 ** Math.min(retry, 30)) * random)
