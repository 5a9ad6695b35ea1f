import { describe, expect, it } from "@effect/vitest"
import { Result, Schema } from "effect"
import { FilterConflictError, OrchestratorError } from "../src/OrchestratorError.ts"
import * as Selection from "../src/Selection.ts"
import type { RegistryListing } from "../src/StudyRegistry.ts"

const listingOf = (keys: ReadonlyArray<string>, more: Partial<RegistryListing> = {}): RegistryListing => ({
  studies: keys.map((studyKey) => ({ studyKey, studyName: `Study ${studyKey}`, attributes: {} })),
  duplicates: [],
  rejected: [],
  warnings: [],
  ...more,
})
const selected = (keys: ReadonlyArray<string>, options?: Selection.SelectionOptions) =>
  Result.getOrThrow(Selection.select(listingOf(keys), options))
const failed = (options: Selection.SelectionOptions): OrchestratorError => {
  const result = Selection.select(listingOf(["A", "B"]), options)
  if (Result.isSuccess(result)) throw new Error("it succeeded")
  return result.failure
}

describe("Selection", () => {
  it("without filters everything is selected in the registry's order", () => {
    expect(selected(["B", "A", "C"]).selected).toEqual(["B", "A", "C"])
  })
  it("an include-list keeps the registry's order, not its own", () => {
    expect(selected(["B", "A", "C"], { include: ["C", "B"] }).selected).toEqual(["B", "C"])
  })
  it("an empty include-list selects nothing (A5)", () => {
    const report = selected(["A", "B"], { include: [] })
    expect(report.selected).toEqual([])
    expect(report.registry).toBe(2)
  })
  it("an empty exclude-list takes nothing out", () => {
    expect(selected(["A", "B"], { exclude: [] }).selected).toEqual(["A", "B"])
  })
  it.each([
    [["A"], ["B"]],
    [[], ["B"]],
    [["A"], []],
    [[], []],
  ])("both lists are a conflict that carries both (%j and %j)", (include, exclude) => {
    const error = failed({ include, exclude })
    expect(error).toBeInstanceOf(FilterConflictError)
    expect(error).toBeInstanceOf(OrchestratorError)
    expect(error).toMatchObject({ include, exclude, whitelist: include, blacklist: exclude, exitCode: 2 })
  })
  it("unknown and case-different keys are reported, not run (A4)", () => {
    const report = selected(["A", "B"], { include: ["A", "NOPE", "b"] })
    expect(report.selected).toEqual(["A"])
    expect(report.unknown).toEqual(["NOPE", "b"])
    expect(report.nearest).toEqual({ b: "B" })
    expect(report.warnings).toEqual([
      'the registry does not list "NOPE"',
      'the registry does not list "b"; did you mean "B"?',
    ])
  })
  it("strict makes unknown keys an error with exit code 2", () => {
    const error = failed({ include: ["A", "NOPE", "b"], strict: true })
    expect(error.exitCode).toBe(2)
    expect(error.reason).toEqual({ _tag: "UnknownStudies", unknown: ["NOPE", "b"], nearest: { b: "B" } })
  })
  it("an unknown key in the exclude-list is reported too: the study that was meant would run", () => {
    expect(selected(["A", "B"], { exclude: ["b"] })).toMatchObject({
      selected: ["A", "B"],
      unknown: ["b"],
      excluded: [],
    })
  })
  it("no key is proposed where two listed keys are equally near", () => {
    expect(selected(["AB", "ab"], { include: ["Ab"] }).nearest).toEqual({})
  })
  it("a registry that lists a key twice runs it once and says so (A7)", () => {
    const report = selected(["A", "B", "A", "C"])
    expect(report.selected).toEqual(["A", "B", "C"])
    expect(report.duplicates).toEqual([{ studyKey: "A", count: 2 }])
  })
  it("entries that cannot be used are rejected with index and reason (A8)", () => {
    const report = selected(["A", "", "  ", ".."])
    expect(report.selected).toEqual(["A"])
    expect(report.rejected).toEqual([
      { index: 1, reason: "the key is empty" },
      { index: 2, reason: "the key is only white space" },
      { index: 3, reason: "the key is a path step" },
    ])
  })
  it("what the registry itself rejected and warned of stands in the report", () => {
    const listing = listingOf(["A"], { rejected: [{ index: 4, reason: "no key" }], warnings: ["it changed"] })
    const report = Result.getOrThrow(Selection.select(listing))
    expect(report.rejected).toEqual([{ index: 4, reason: "no key" }])
    expect(report.warnings).toEqual(["it changed", "1 entries of the registry cannot be used"])
  })
  it("where takes out studies and names them", () => {
    const report = selected(["A", "B"], { where: (study) => study.studyName === "Study B" })
    expect(report).toMatchObject({ selected: ["B"], filtered: ["A"] })
  })
  it("a predicate that throws is an error that names the study", () => {
    const where = () => {
      throw new Error("no such attribute")
    }
    expect(failed({ where }).message).toBe('where: it failed for "A": no such attribute')
  })
  it("a text is not taken for a list of letters", () => {
    const options: unknown = { include: "AB" }
    // What a caller without types may give.
    expect(failed(options as Selection.SelectionOptions).message).toBe(
      "include: it must be a list of study keys, not a string",
    )
  })
  it("the report survives JSON", () => {
    const report = selected(["A", "A", ""], { include: ["A", "a"] })
    const codec = Schema.toCodecJson(Selection.Selection)
    expect(Schema.decodeUnknownSync(codec)(JSON.parse(JSON.stringify(report)))).toEqual(report)
  })

  const Keys = Schema.Array(Schema.Literals(["A", "B", "C", "D", "a", "b", "", "..", "研究"]))
  it.prop(
    "include and exclude of the same keys split the registry without loss",
    { listed: Keys, named: Keys },
    (props) => {
      const included = selected(props.listed, { include: props.named }).selected
      const rest = selected(props.listed, { exclude: props.named }).selected
      const all = selected(props.listed).selected
      expect([...included, ...rest].toSorted()).toEqual([...all].toSorted())
      expect(included.some((key) => rest.includes(key))).toBe(false)
    },
  )
  it.prop("every key is selected at most once and only where it is listed", { listed: Keys, named: Keys }, (props) => {
    const report = selected(props.listed, { include: props.named })
    expect(new Set(report.selected).size).toBe(report.selected.length)
    for (const key of report.selected) {
      expect(props.listed).toContain(key)
      expect(props.named).toContain(key)
    }
    for (const key of new Set(props.named)) {
      expect(report.selected.includes(key) || report.unknown.includes(key)).toBe(true)
    }
  })
})
