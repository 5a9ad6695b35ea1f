/**
 * Every fixture is read by a test, and `fixtures/README.md` says where it is from and what it asserts.
 */
import { describe, expect, it } from "vitest"
import { readdirSync, readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))

/** Files below a folder, with `/`; what begins with a dot comes and goes while tests run. */
const below = (folder: string, prefix = ""): ReadonlyArray<string> =>
  readdirSync(`${folder}/${prefix}`, { withFileTypes: true })
    .filter((entry) => !entry.name.startsWith("."))
    .flatMap((entry) => (entry.isDirectory() ? below(folder, `${prefix}${entry.name}/`) : [`${prefix}${entry.name}`]))
    .sort()

/** Data; programs that tests start stand beside it. */
const all = below(`${here}fixtures`).filter((name) => name !== "README.md" && !/\.m?ts$|\.mjs$/.test(name))

/** The sources of all tests but this one. */
const sources = below(here)
  .filter((name) => name.endsWith(".ts") && name !== "fixtures.test.ts" && !name.startsWith("fixtures/"))
  .map((name) => readFileSync(`${here}${name}`, "utf8"))
  .join("\n")

/** Folders whose files are listed and read, all of them, and the words with which a test does so. */
const readWhole: Readonly<Record<string, string>> = {
  designs: 'new URL("designs/", folder)',
  small_study: 'goldenFiles("small_study")',
  standalone_study: 'goldenFiles("standalone_study")',
  empty_study: 'goldenFiles("empty_study")',
  small_study_after_resume: "small_study_after_resume/${name}",
  small_study_reports: "small_study_reports/${name}.md",
}

const isRead = (name: string): boolean => {
  const [folder = "", ...rest] = name.split("/")
  if (rest.length === 0) return sources.includes(name)
  const words = readWhole[folder]
  return words === undefined ? sources.includes(rest.at(-1) ?? name) : sources.includes(words)
}

const readme = readFileSync(`${here}fixtures/README.md`, "utf8")
const rows = [...readme.matchAll(/^\| `([^`]+)` \|(.*)\|$/gm)].map(([, name = "", cells = ""]) => ({
  name,
  cells: cells.split("|").map((cell) => cell.trim()),
}))

describe("fixtures", () => {
  it("each file is read by a test", () => {
    expect(all.length).toBeGreaterThan(100)
    expect(all.filter((name) => !isRead(name))).toEqual([])
  })

  it("each fixture has one line in the README, with where it is from and what asserts it, and no line is of nothing", () => {
    const entries = [...new Set(all.map((name) => name.replace(/\/.*$/, "/")))]
    expect(rows.map(({ name }) => name).toSorted()).toEqual(entries.toSorted())
    for (const { cells, name } of rows) {
      expect(cells.length, name).toBe(2)
      for (const cell of cells) expect(cell, name).not.toBe("")
    }
  })

  it("what the README says asserts a fixture is there and names it", () => {
    for (const { cells, name } of rows) {
      const named = [...(cells[1] ?? "").matchAll(/`([\w/.-]+\.ts)`/g)].map(([, file = ""]) => file)
      expect(named.length, name).toBeGreaterThan(0)
      for (const file of named) {
        const text = readFileSync(`${here}${file}`, "utf8")
        const word = name.endsWith("/") ? name.slice(0, -1) : name
        expect(text.includes(word), `${file} and ${name}`).toBe(true)
      }
    }
  })
})
