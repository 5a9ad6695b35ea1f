/**
 * Durations as people write them: `250ms`, `90s`, `5m`, `2h`, `1d`, `1h30m`. A number without a unit is refused, because
 * one person means seconds and the next milliseconds.
 *
 * @layer logic
 * @module
 */

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/** The longest that is accepted, in milliseconds: timers count no further. */
export const durationMaxMs = 2 ** 31 - 1

/** Milliseconds, or `undefined` where the text is no duration above 0 and up to {@link durationMaxMs}. */
export const parseDuration = (text: string): number | undefined => {
  const trimmed = text.trim()
  if (!/^(\d+(\.\d+)?(ms|s|m|h|d))+$/.test(trimmed)) return undefined
  let total = 0
  for (const [, amount, , unit] of trimmed.matchAll(/(\d+(\.\d+)?)(ms|s|m|h|d)/g)) {
    total += Number(amount) * (unitsMs[unit ?? ""] ?? Number.NaN)
  }
  return Number.isFinite(total) && total >= 1 && total <= durationMaxMs ? total : undefined
}

/** A duration for people: `850 ms`, `12.3 s`, `4 min 05 s`, `2 h 03 min`. */
export const formatDuration = (ms: number): string => {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`
  const seconds = Math.round(ms / 1000)
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ${pad(seconds % 60)} s`
  return `${Math.floor(seconds / 3600)} h ${pad(Math.floor((seconds % 3600) / 60))} min`
}

const pad = (value: number): string => String(value).padStart(2, "0")
