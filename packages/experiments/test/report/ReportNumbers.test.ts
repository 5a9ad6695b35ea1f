import { describe, expect, it } from "vitest"
import {
  countText,
  intervalText,
  moneyText,
  numberText,
  percentText,
  pSentence,
  pText,
  settingText,
} from "../../src/report/ReportNumbers.ts"

// All expected texts are by hand from the rule: four significant digits, three decimals of p, missing is said.
describe("numbers of a report", () => {
  it("a number has four significant digits, trailing zeros kept", () => {
    const cases: ReadonlyArray<readonly [number | null, string]> = [
      [0.836, "0.8360"],
      [1.41421356, "1.414"],
      [12345.678, "12346"],
      [0.9999999, "1.000"],
      [-0.00012346, "-0.0001235"],
      [0.00001, "1.000e-5"],
      [9_999_999, "9999999"],
      [999.96, "1000"],
      [12_345_678, "1.235e+7"],
      [0, "0"],
      [-0, "0"],
      [null, "missing"],
      [Number.NaN, "missing"],
      [Number.POSITIVE_INFINITY, "missing"],
    ]
    for (const [number, text] of cases) expect(numberText(number)).toBe(text)
  })

  it("a p-value is never a bare zero or one that it is not", () => {
    expect([0, 0.0009999, 0.001, 0.0421, 0.9995, 1, null].map((p) => pText(p))).toEqual([
      "< 0.001",
      "< 0.001",
      "0.001",
      "0.042",
      "> 0.999",
      "1.000",
      "missing",
    ])
    expect([0.00001, 0.05, undefined].map((p) => pSentence(p))).toEqual(["p < 0.001", "p = 0.050", "p missing"])
  })

  it("missing ends of an interval are said, and open ones too", () => {
    expect(intervalText(0.5, 2)).toBe("0.5000 to 2.000")
    expect(intervalText(null, 2)).toBe("missing")
    expect(intervalText(null, 2, "upper")).toBe("2.000 or less")
    expect(intervalText(0.5, null, "lower")).toBe("0.5000 or more")
  })

  it("counts, shares, money and settings", () => {
    expect(countText(1234567)).toBe("1,234,567")
    expect(percentText(1, 8)).toBe("12.5 %")
    expect(percentText(0, 0)).toBe("missing")
    expect([0, 0.25, 12.3456, 0.00001, null].map(moneyText)).toEqual(["0.00", "0.2500", "12.35", "1.0e-5", "missing"])
    expect(settingText(0.05)).toBe("0.05")
  })
})
