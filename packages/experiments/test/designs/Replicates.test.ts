import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import { buildDesign } from "../../src/BuildDesign.ts"
import type { Study } from "../../src/Study.ts"
import * as StudyFile from "../../src/StudyFile.ts"
import type { DesignSpecInput, StudyInput } from "../../src/StudyInput.ts"
import { reviewStudy } from "../../src/ValidateStudy.ts"

const amounts = (count: number) => Array.from({ length: count }, (_, index) => StudyFile.factor(`x${index}`, [0, 10]))

const studyOf = (designSpec: DesignSpecInput, more: Partial<StudyInput> = {}): Study =>
  Result.getOrThrow(StudyFile.make({ studyId: "s", title: "S", factors: amounts(3), designSpec, ...more }))

const reportOf = (study: Study) => Result.getOrThrow(buildDesign(study)).report

const warnings = (study: Study): string =>
  reviewStudy(study)
    .filter((finding) => finding.severity === "warning")
    .map((finding) => `${finding.path} ${finding.message}`)
    .join("\n")

describe("what a report says of replicates", () => {
  it("every design that repeats its runs says how often, and what happens to centre points", () => {
    const cases: ReadonlyArray<readonly [DesignSpecInput, number, string]> = [
      // 8 corners, 6 axial points and 2 centre points, all twice.
      [{ kind: "central_composite", centerPoints: 2, replicates: 2, options: { alpha: "face" } }, 32, "made 2 times."],
      [{ kind: "box_behnken", centerPoints: 3, replicates: 2 }, 30, "made 2 times."],
      [
        { kind: "fractional_factorial", centerPoints: 3, replicates: 2, options: { runs: 4 } },
        11,
        "made 2 times, the 3 centre points once.",
      ],
      [{ kind: "plackett_burman", replicates: 3 }, 12, "made 3 times."],
      [{ kind: "definitive_screening", replicates: 2 }, 18, "made 2 times."],
      [
        { kind: "space_filling_latin_hypercube", nSamples: 5, replicates: 2, centerPoints: 1 },
        11,
        "run 2 times, the 1 centre point once.",
      ],
      [{ kind: "optimal", nSamples: 6, replicates: 2 }, 12, "made 2 times."],
    ]
    for (const [spec, runs, says] of cases) {
      const report = reportOf(studyOf(spec))
      expect(report.runs, spec.kind).toBe(runs)
      expect(report.notes.join(" "), spec.kind).toContain(says)
    }
  })

  it("the error of a repeated optimal design is counted over all its runs", () => {
    const once = reportOf(studyOf({ kind: "optimal", nSamples: 8 }))
    const twice = reportOf(studyOf({ kind: "optimal", nSamples: 8, replicates: 2 }))
    // 16 runs, 4 parameters, 8 different settings: 12 and 8 degrees of freedom; half the prediction variance.
    expect(twice.measures?.["runs_evaluated"]).toBe(16)
    expect(twice.measures?.["error_df"]).toBe(12)
    expect(twice.measures?.["pure_error_df"]).toBe(8)
    expect(twice.notes.join(" ")).not.toContain("No run is repeated")
    expect(twice.iVariance).toBeCloseTo((once.iVariance ?? 0) / 2, 9)
  })
})

describe("what a report says of constraints", () => {
  it("it never calls numbers those of all runs where runs were taken out", () => {
    const study = studyOf(
      { kind: "fractional_factorial", options: { runs: 8 } },
      { constraints: [{ constraintId: "c", description: "no", expression: "not (x0 == 10 and x1 == 10)" }] },
    )
    const notes = reportOf(study).notes.join(" ")
    expect(notes).toContain("balance and efficiencies are those of the 6 that are left")
    expect(notes).not.toContain("those of all runs together")
  })
})

describe("two numbers of replicates", () => {
  const budget = { replicates: 2, maxRuns: null, parallelism: 1, failFast: false }

  it("that multiply are told before anything runs", () => {
    const study = studyOf({ kind: "plackett_burman", replicates: 3 }, { runBudget: budget })
    expect(warnings(study)).toContain("repeats every condition 2 times, and design_spec.replicates has repeated them 3")
    expect(warnings(studyOf({ kind: "plackett_burman", replicates: 3 }))).toBe("")
    expect(warnings(studyOf({ kind: "plackett_burman" }, { runBudget: budget }))).toBe("")
  })

  it("of which the design uses none are told too", () => {
    expect(warnings(studyOf({ kind: "williams", replicates: 2, options: { subjects: 12 } }))).toContain(
      "is not used, as options.subjects says how many there are",
    )
    expect(
      warnings(studyOf({ kind: "split_plot", replicates: 2, options: { hard_to_change: ["x0"], whole_plots: 3 } })),
    ).toContain("is not used, as options.whole_plots")
    expect(
      warnings(
        studyOf({
          kind: "latin_square",
          replicates: 2,
          options: { row_factor: "x0", column_factor: "x1", treatment_factor: "x2" },
        }),
      ),
    ).toContain("is not used by latin_square")
  })
})
