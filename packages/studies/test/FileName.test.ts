import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { describe, expect, it } from "@effect/vitest"
import { Schema } from "effect"
import * as FileName from "../src/FileName.ts"

// Names that Windows refuses, from its documentation of file names.
const windowsReserved = /^(CON|PRN|AUX|NUL|COM\d|LPT\d)(\.|$)/i
const windowsForbidden = new Set(`<>:"/\\|?*`)
const isControl = (char: string): boolean => char.charCodeAt(0) < 32

const AnyKey = Schema.String.check(Schema.isMinLength(1), Schema.isMaxLength(256))

describe("FileName", () => {
  it.each([
    ["STUDY-A", "STUDY-A"],
    ["PROT_01", "PROT_01"],
    ["2026-X", "2026-X"],
  ])("a key of capitals and digits is its own name: %s", (key, name) => {
    expect(FileName.ofStudy(key)).toBe(name)
  })

  const hostile = [
    "A/B",
    "..",
    "A?b=1",
    "A#x",
    "A%2FB",
    "a b",
    '"q"',
    "Ünïcødé 研究",
    "CON",
    "nul",
    "COM1",
    "A.",
    "A ",
    "a",
    "A",
  ]
  it("hostile keys have distinct names, also where case does not count (A9)", () => {
    const names = hostile.map((key) => FileName.ofStudy(key).toLowerCase())
    expect(new Set(names).size).toBe(hostile.length)
  })

  it("the file system takes every one of them", () => {
    const folder = mkdtempSync(join(tmpdir(), "heddle-names-"))
    try {
      for (const key of hostile) writeFileSync(join(folder, `${FileName.ofStudy(key)}.csv`), key)
      expect(readdirSync(folder)).toHaveLength(hostile.length)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  it.prop("a name holds nothing that any file system refuses", [AnyKey], ([key]) => {
    const name = FileName.ofStudy(key)
    expect([...name].some((char) => windowsForbidden.has(char) || isControl(char))).toBe(false)
    expect(windowsReserved.test(name)).toBe(false)
    expect(/[. ]$/.test(name)).toBe(false)
    expect(name).not.toBe("")
    expect(Buffer.byteLength(`${name}.parquet`)).toBeLessThan(200)
  })

  it.prop("different keys have different names without regard to case", [AnyKey, AnyKey], ([one, two]) => {
    const same = FileName.ofStudy(one).toLowerCase() === FileName.ofStudy(two).toLowerCase()
    expect(same).toBe(one === two)
  })

  it.prop("keys that differ only in case have different names", [AnyKey], ([key]) => {
    const names = new Set(
      [key, key.toLowerCase(), key.toUpperCase()].map((other) => FileName.ofStudy(other).toLowerCase()),
    )
    expect(names.size).toBe(new Set([key, key.toLowerCase(), key.toUpperCase()]).size)
  })
})
