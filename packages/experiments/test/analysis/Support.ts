import { expect } from "vitest"

const shown = (value: unknown): string => JSON.stringify(value)

/** Numbers agree to a share of the expected one; near zero, to that share of one. */
export const close = (actual: number | null | undefined, expected: number, share = 1e-8, what = ""): void => {
  const ok =
    typeof actual === "number" &&
    Math.abs(actual - expected) <= share * Math.max(Math.abs(expected), share === 0 ? 0 : 1e-4)
  expect(ok, `${what} expected ${shown(expected)}, got ${shown(actual)}`).toBe(true)
}

/** As {@link close}, for lists; a missing number is expected where null stands. */
export const allClose = (
  actual: ReadonlyArray<number | null | undefined>,
  expected: ReadonlyArray<number | null>,
  share = 1e-8,
  what = "",
): void => {
  expect(actual.length, what).toBe(expected.length)
  expected.forEach((value, index) => {
    if (value === null) expect(actual[index] ?? null, `${what}[${index}]`).toBeNull()
    else close(actual[index], value, share, `${what}[${index}]`)
  })
}

/** Every number in a plain structure is finite; nothing in it is undefined. */
export const expectJsonSafe = (value: unknown, path = "result"): void => {
  if (value === null || typeof value === "string" || typeof value === "boolean") return
  if (typeof value === "number") {
    expect(Number.isFinite(value), `${path} is ${value}`).toBe(true)
    return
  }
  expect(typeof value, `${path} is ${String(value)}`).toBe("object")
  for (const [key, item] of Object.entries(value as Record<string, unknown>)) expectJsonSafe(item, `${path}.${key}`)
}
