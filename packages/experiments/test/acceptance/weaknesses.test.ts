/**
 * The weaknesses W1-W38 of the predecessor, as the specification lists them: each is mended by something that a test
 * proves, named here and looked for; where it is cheap it is shown here itself. What is not mended, or not wholly, stands
 * in `open`, and the list is asserted as it is.
 */
import { describe, expect } from "@effect/vitest"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import { buildDesign } from "@heddle/experiments/BuildDesign"
import * as CanonicalText from "@heddle/experiments/CanonicalText"
import * as Expression from "@heddle/experiments/Expression"
import * as Identifier from "@heddle/experiments/Identifier"
import type { RunRequest } from "@heddle/experiments/RunBinding"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { resumeStudy, runStudy } from "@heddle/experiments/StudyRunner"
import * as Value from "@heddle/experiments/Value"
import { Effect, Result } from "effect"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { studyOf } from "../runStudies.ts"
import { Book, failure, numbered, success } from "./support.ts"

const root = fileURLToPath(new URL("../../../../", import.meta.url))

const files = (folder: string): ReadonlyArray<string> =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts"))
    .map((entry) => join(entry.parentPath, entry.name).slice(root.length))

const here = "packages/experiments/test/acceptance/"

/** The texts of the acceptance tests, without this file. */
const acceptance = files(here)
  .filter((file) => !file.endsWith("weaknesses.test.ts"))
  .map((file) => readFileSync(join(root, file), "utf8"))
  .join("\n")

/** A case (AC-24), a rule (R19, T02), or a file of tests with words of a title in it. */
type Proof = string | readonly [file: string, words: string]

const experiments = "packages/experiments/test/"
const core = "packages/core/test/"
const cli = "apps/cli/test/"

const proofs: Readonly<Record<string, ReadonlyArray<Proof>>> = {
  W1: ["AC-24", "R14"],
  W2: ["AC-25", "R19"],
  W3: ["AC-26", "R20"],
  W4: ["R26"],
  W5: ["AC-28", "R21"],
  W6: ["AC-29", [`${experiments}StudyPlan.test.ts`, "changes every fingerprint and is named"]],
  W7: ["R23"],
  W8: ["AC-30", "R24"],
  W9: [
    "AC-27",
    "R25",
    [`${experiments}ArtifactsNode.test.ts`, "with SIGKILL leaves a whole folder"],
    [`${experiments}node/Killed.test.ts`, "killed with SIGKILL"],
    [`${core}LedgerProcesses.test.ts`, "the second is refused with the owner and its age"],
  ],
  W10: [
    [`${experiments}StudyRecords.test.ts`, "are not kept in memory where that is not asked for"],
    ["tooling/bench/src/suites/experiments.ts", "10,000"],
  ],
  W11: ["R29", "R25"],
  W12: [
    [`${experiments}StudyBudgets.test.ts`, "a run is tried again as often as the study says, and every try is kept"],
    [`${experiments}StudyBudgets.test.ts`, "a rate spreads the beginnings of runs over the minute"],
    [`${experiments}StudyResume.test.ts`, "a run that is out of time keeps the cost"],
    [`${core}Lease.test.ts`, "kept alive by its heart"],
  ],
  W13: [
    "AC-35",
    "AC-31",
    [`${experiments}StudyBudgets.test.ts`, "a budget of each condition stops that condition only"],
  ],
  W14: [[`${experiments}StudyResume.test.ts`, "events of a run that goes on are in the ledger before it ends"]],
  W15: ["AC-31"],
  W16: [[`${experiments}node/Modules.test.ts`, "what it throws or returns wrongly fails its run alone"]],
  W17: [],
  W18: [],
  W19: [],
  W20: [[`${experiments}Evaluators.test.ts`, "the primary outcome is the declared one"]],
  W21: [[`${experiments}ArtifactsOwn.test.ts`, "all metrics and outputs of a run are in files"]],
  W22: ["AC-34", [`${experiments}SiblingReader.test.ts`, "truth values among the metrics are numbers to the sibling"]],
  W23: ["AC-39"],
  W24: ["AC-32", [`${experiments}ArtifactsOwn.test.ts`, "has types, keys that hold, and the tables of the text files"]],
  W25: ["AC-32"],
  W26: ["AC-38"],
  W27: ["AC-38", [`${experiments}designs/Blocks.test.ts`, "blocks have orders of their own"]],
  W28: [
    "AC-36",
    [`${experiments}designs/Crossover.test.ts`, "carry-over and periods are balanced for 2 to 40 treatments"],
    [`${experiments}designs/LatinSquares.test.ts`, "a study's square has each treatment once per row and column"],
  ],
  W29: ["AC-37"],
  W30: ["R28", "AC-33", "T02"],
  W31: [],
  W32: ["AC-33"],
  W33: ["AC-33"],
  W34: [
    [`${experiments}ArtifactsOwn.test.ts`, "sha256sum -c accepts SHA256SUMS"],
    [`${experiments}ArtifactsOwn.test.ts`, "no host name is in any file unless it is given"],
  ],
  W35: ["R27"],
  W36: [[`${cli}experiments.test.ts`, "missing bindings stop it before anything is written"]],
  W37: [
    [`${experiments}analysis/RunAnalysis.test.ts`, "is executed as it stands"],
    [`${experiments}power/PowerFormulas.test.ts`, "two means have the power of R's power.t.test"],
  ],
  W38: ["R27"],
}

/** What is not mended, or not wholly, and why. */
const open: Readonly<Record<string, string>> = {
  W34: "the state of the working tree (commit, changes) is not recorded by a run itself, only what the caller gives as environment",
  W37: "there is no signed freeze of a study before its data",
  W38: "runs are spread over worker threads and processes of one machine, not over several machines",
}

const isThere = (proof: Proof): boolean => {
  if (typeof proof === "string") return acceptance.includes(`"${proof}"`)
  const [file, words] = proof
  return existsSync(join(root, file)) && readFileSync(join(root, file), "utf8").includes(words)
}

const one = (bindings: { readonly a: (request: RunRequest) => unknown }) =>
  runStudy(studyOf(1, { agentSpecs: ["a"], problemIds: ["p"] }), {
    agentBindings: bindings,
    problemRegistry: { p: {} },
  }).pipe(Effect.provide(LedgerMemory.layer()))

describe("weaknesses of the predecessor", () => {
  const book = new Book("weaknesses")
  const { plain, test } = book

  for (const [id, named] of Object.entries(proofs)) {
    if (named.length === 0) continue
    const reason = open[id] === undefined ? "" : `, but open: ${open[id]}`
    plain(id, `what proves it is there${reason}`, () => {
      expect(named.filter((proof) => !isThere(proof))).toEqual([])
    })
  }

  test("W17", "a TypeError inside of an agent is its failure, after one call", () =>
    Effect.gen(function* () {
      let calls = 0
      const { results } = yield* one({
        a: () => {
          calls++
          throw new TypeError("inside")
        },
      })
      expect([calls, results[0]?.errorInfo]).toEqual([1, "TypeError: inside"])
    }),
  )

  test("W18", "an agent whose parameter has an odd name is called as an agent, once, with its run", () =>
    Effect.gen(function* () {
      const given: Array<unknown> = []
      const { results } = yield* one({
        a: (whatever) => {
          given.push(whatever.problemId)
          return "an answer"
        },
      })
      expect([given, results[0]?.outputs.get("text")]).toEqual([["p"], "an answer"])
    }),
  )

  test("W19", "a text as output is its text, and an agent that nobody bound is told once, before any run", () =>
    Effect.gen(function* () {
      const { results } = yield* one({ a: () => ({ output: "text" }) })
      expect(results[0]?.outputs.get("text")).toBe("text")
      const study = studyOf(3, { agentSpecs: ["nobody"], problemIds: ["p"] })
      const error = yield* Effect.flip(
        runStudy(study, { problemRegistry: { p: {} } }).pipe(Effect.provide(LedgerMemory.layer())),
      )
      expect(error.message).toContain('"nobody"')
    }),
  )

  plain("W30", "values have no attributes of Python, and a sum or a name never runs code", () => {
    const context = new Map<string, Value.Value>([["a", "text"]])
    for (const text of ["a.__class__ == 1", "a.upper() == 'TEXT'", "__import__('os') == 1"]) {
      const result = Result.flatMap(Expression.parse(text), (parsed) => Expression.evaluate(parsed, context))
      expect(Result.isFailure(result), text).toBe(true)
    }
  })

  plain("W31", "an id is over maps, lists and scalars alone, and no file holds a number that JSON has not", () => {
    const payload = (values: ReadonlyArray<Value.Value>) => Identifier.hashIdentifier("id", new Map([["a", values]]))
    expect(payload([1, 2])).not.toBe(payload([2, 1]))
    expect(() => {
      JSON.parse(CanonicalText.jsonText([Number.NaN, Infinity, -Infinity]))
    }).not.toThrow()
    const sets = { studyId: "s", title: "t", provenanceMetadata: { a: new Set([1]) } }
    // The types forbid a set; a caller without types can give one.
    expect(Result.isFailure(StudyFile.make(sets as unknown as Parameters<typeof StudyFile.make>[0]))).toBe(true)
  })

  plain("W32", "a version, a key or a type that is not known is told with its place, all at once", () => {
    const error = failure(
      StudyFile.parse("schema_version: 9.9.9\nstudy_id: s\ntitel: t\nrun_budget: {replicate: 2}\n", {
        format: "yaml",
        source: "study.yaml",
      }),
    )
    for (const word of ["schema_version", "titel", "title", "replicate", "replicates"]) {
      expect(error.message, word).toContain(word)
    }
  })

  plain("W29", "levels of a fraction are those that were given", () => {
    const factors = ["a", "b", "c"].map((name) => StudyFile.factor(name, ["low", "high"]))
    const study = studyOf(1, { factors, designSpec: { kind: "fractional_factorial", options: { runs: 4 } } })
    const values = success(buildDesign(study)).conditions.flatMap(({ factorAssignments }) => [
      ...factorAssignments.values(),
    ])
    expect(new Set(values)).toEqual(new Set(["low", "high"]))
  })

  test("W6", "a changed version of an agent is named when a study is resumed", () =>
    Effect.gen(function* () {
      const study = studyOf(1, { agentSpecs: ["a"], problemIds: ["p"] })
      const bound = (version: string) => ({
        agentBindings: { a: { version, run: () => "x" } },
        problemRegistry: { p: {} },
      })
      yield* runStudy(study, bound("1"))
      const error = yield* Effect.flip(resumeStudy(study, bound("2")))
      expect(error.message).toContain("agent a")
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )

  plain("W38", "the list of what is open is this one", () => {
    expect(Object.keys(open)).toEqual(["W34", "W37", "W38"])
    expect(Object.keys(proofs)).toEqual(numbered("W", 38))
  })

  book.count(numbered("W", 38))
})
