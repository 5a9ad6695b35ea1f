/**
 * What a two-level template of the predecessor is worth. It calls all of them resolution III; here stands what they are.
 *
 * @layer logic
 * @module
 */
import { aliasTable } from "../designs/Aliases.ts"
import { efficiencyOf } from "../designs/Efficiency.ts"
import { modelMatrix } from "../designs/ModelMatrix.ts"
import { type TwoLevelFraction, definingWords, resolutionOf, wordText } from "../designs/TwoLevelFraction.ts"
import type { DesignReport, DesignRow } from "../Design.ts"
import { type Study, valuesOf } from "../Study.ts"
import { valueKey } from "./valueKey.ts"

/** Rows of which efficiencies are computed. */
const rowsMax = 10_000

/** Columns of A to F as products of A (1), B (2) and C (4): D = ABC, E = AC, F = BC. */
const columns = [1, 2, 4, 7, 5, 6]

/** The template for so many factors, 2 to 6. */
export const templateFraction = (names: ReadonlyArray<string>): TwoLevelFraction => ({
  names,
  bits: Math.min(names.length, 3),
  columns: columns.slice(0, names.length),
  signs: names.map(() => 1),
})

/** Rows in coded units; what is neither the first nor the second level is a centre. */
const codedRows = (study: Study, rows: ReadonlyArray<DesignRow>): ReadonlyArray<ReadonlyArray<number>> => {
  const codes = study.factors.map((factor) => {
    const [low = "", high = ""] = valuesOf(factor).map(valueKey)
    return {
      name: factor.name,
      signs: new Map([
        [high, 1],
        [low, -1],
      ]),
    }
  })
  return rows.map((row) => codes.map(({ name, signs }) => signs.get(valueKey(row.factors.get(name) ?? null)) ?? 0))
}

/** Resolution, words, aliases and efficiencies of a template with its replicates and centre points. */
export const templateReport = (
  study: Study,
  rows: ReadonlyArray<DesignRow>,
): Omit<DesignReport, "kind" | "runs" | "balance"> => {
  const names = study.factors.map((factor) => factor.name)
  const fraction = templateFraction(names)
  const resolution = resolutionOf(fraction)
  const aliases = aliasTable(fraction, 2).filter((set) => set.aliases.length > 0)
  const efficiency =
    rows.length > rowsMax
      ? undefined
      : efficiencyOf(modelMatrix({ columns: names, rows: codedRows(study, rows) }, "main effects"))
  const spec = study.designSpec
  const center = spec.centerPoints > 0
  return {
    ...(resolution === undefined ? {} : { resolution }),
    ...(resolution === undefined
      ? {}
      : { definingWords: definingWords(fraction).words.map((word) => wordText(names, word)), aliases }),
    ...(efficiency === undefined
      ? {}
      : {
          model: "main effects",
          dEfficiency: efficiency.dEfficiency,
          aEfficiency: efficiency.aEfficiency,
          ...(efficiency.iVariance === undefined ? {} : { iVariance: efficiency.iVariance }),
        }),
    notes: [
      resolution === undefined
        ? "All combinations are run: every effect can be estimated."
        : resolution === 3
          ? `Resolution III: main effects cannot be told from two-factor interactions (${aliases.length} sets of aliases). fractional_factorial with resolution IV or V in more runs tells them apart.`
          : `Resolution ${resolution === 4 ? "IV" : String(resolution)}: main effects stand clear of two-factor interactions, these are aliased with each other.`,
      ...(center && efficiency !== undefined
        ? [
            "Centre points estimate noise and curvature; they lower the efficiency for main effects as a share of all runs.",
          ]
        : []),
      ...(center && study.factors.some((factor) => valuesOf(factor).some((value) => typeof value !== "number"))
        ? [
            "A centre point takes the middle of numbers, and the most frequent level where there is no middle: there it is no centre.",
          ]
        : []),
    ],
  }
}
