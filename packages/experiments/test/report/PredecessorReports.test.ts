import { Result } from "effect"
import { describe, expect, it } from "vitest"
import { buildDesign } from "../../src/BuildDesign.ts"
import { codebook, methodsText, significanceBrief, studySummary } from "../../src/report/PredecessorReports.ts"
import * as StudyFile from "../../src/StudyFile.ts"
import { float, type Value } from "../../src/Value.ts"
import { fixtureText } from "../fixtures.ts"
import { studyOf } from "./reportStudies.ts"

// The texts under small_study_reports are those of the predecessor's own renderers on the small study.
const study = Result.getOrThrow(
  StudyFile.parse(fixtureText("small_study/study.yaml"), { format: "yaml", source: "study.yaml" }),
)
const expected = (name: string): string => fixtureText(`small_study_reports/${name}.md`)

describe("the predecessor's four texts", () => {
  it("the summary is that of the fixture, byte for byte", () => {
    const statuses = fixtureText("small_study/runs.csv")
      .split("\r\n")
      .slice(1)
      .flatMap((line) => (/,(success|failed),/.exec(line)?.[1] ? [/,(success|failed),/.exec(line)?.[1] ?? ""] : []))
    expect(statuses).toHaveLength(6)
    expect(studySummary(study, statuses)).toBe(expected("summary"))
  })

  it("the methods are those of the fixture, byte for byte", () => {
    expect(methodsText(study)).toBe(expected("methods"))
  })

  it("the codebook is that of the fixture, byte for byte", () => {
    const { conditions } = Result.getOrThrow(buildDesign(study))
    expect(codebook(study, conditions)).toBe(expected("codebook"))
  })

  it("the significance brief of a full row, an empty row and no map is that of the fixture, byte for byte", () => {
    const full = new Map<string, Value>([
      ["test", "ttest"],
      ["outcome", "score"],
      ["p_value", 0.04],
      ["effect_size", 0.5],
    ])
    expect(significanceBrief([full, new Map(), "no map"])).toBe(expected("significance"))
  })

  it("a study without primary outcomes says none, and statuses come sorted", () => {
    const bare = studyOf({
      studyId: "bare",
      title: "Bare",
      factors: [{ name: "x", levels: [{ name: "a", value: 1 }] }],
    })
    // By hand from the layout of the fixture.
    expect(studySummary(bare, ["success", "failed", "Zed", "success"])).toBe(
      "# Study Summary: Bare\n\n- Study ID: `bare`\n- Runs: `4`\n- Conditions: `1` factors, `0` blocks\n- Primary outcomes: none\n\n## Status Counts\n- Zed: 1\n- failed: 1\n- success: 2\n\n## Hypotheses",
    )
  })

  it("numbers of a brief are written as Python writes them", () => {
    const row = new Map<string, Value>([
      ["p_value", float(1)],
      ["effect_size", 0.00001],
    ])
    // CPython: f"{1.0}" is 1.0, f"{1e-05}" is 1e-05.
    expect(significanceBrief([row])).toBe("## Significance Brief\n- test on `outcome`: p=1.0, effect_size=1e-05.")
  })
})
