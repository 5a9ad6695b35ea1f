/**
 * What a hypothesis compares: two sets of runs by its contrast, or the levels of its factors. Left minus right is the
 * estimate; without a contrast the baseline is on the right.
 *
 * @layer logic
 * @module
 */
import { type AnalysisColumn, type AnalysisData, hasBaseline } from "../analysis/AnalysisData.ts"
import type { Issue } from "../ExperimentError.ts"
import { str, stringify } from "../StableJson.ts"
import type { Hypothesis, Study } from "../Study.ts"
import { isList, isMap, type Value } from "../Value.ts"
import { nearestName } from "./nearestName.ts"

/** One comparison of two sets of runs. */
export interface Claim {
  /** The factor that tells the sides apart. */
  readonly column: AnalysisColumn
  readonly left: string
  readonly right: string
  readonly isLeft: (row: number) => boolean
  readonly isRight: (row: number) => boolean
  /** Names of all columns that the sides are told by. */
  readonly names: ReadonlySet<string>
  readonly operation: "difference" | "ratio"
}

/** Comparisons that one hypothesis may have. */
export const claimsMax = 200

const operations: Readonly<Record<string, Claim["operation"]>> = {
  difference: "difference",
  difference_in_means: "difference",
  minus: "difference",
  ratio: "ratio",
  quotient: "ratio",
}

/** The columns of a hypothesis: its independent variables, or the only factor that was varied. */
export const columnsOf = (
  study: Study,
  data: AnalysisData,
  hypothesis: Hypothesis,
  path: string,
  issues: Array<Issue>,
): ReadonlyArray<AnalysisColumn> => {
  if (hypothesis.independentVars.length === 0) {
    const varied = study.factors.flatMap((factor) => {
      const column = data.columns.get(factor.name)
      return column !== undefined && column.levels.length > 1 ? [column] : []
    })
    return varied.length === 1 ? varied : []
  }
  return hypothesis.independentVars.flatMap((name, index) => {
    const column = data.columns.get(name)
    if (column !== undefined) return [column]
    const near = nearestName(name, data.columns.keys())
    issues.push({
      path: `${path}.independent_vars[${index}]`,
      message: `the runs have no factor or block ${JSON.stringify(name)}`,
      ...(near === undefined ? {} : { nearest: near }),
    })
    return []
  })
}

/** The level that a value of a contrast or a filter means: a level's value, name or label. Two that differ are an issue. */
export const levelOf = (
  study: Study,
  column: AnalysisColumn,
  value: Value,
  path: string,
  issues: Array<Issue>,
): string => {
  const factor = study.factors.find((candidate) => candidate.name === column.name)
  const found = new Set<string>()
  const text = str(value)
  for (const level of factor?.levels ?? []) {
    // A study file holds the sides as text, so the text of a level's value is its value.
    if (
      stringify(level.value) === stringify(value) ||
      (typeof value === "string" && str(level.value) === text) ||
      level.name === text ||
      level.label === text
    )
      found.add(level.name)
  }
  if (found.size > 1) {
    issues.push({
      path,
      message: `${JSON.stringify(text)} is ${[...found].map((name) => JSON.stringify(name)).join(" and ")} of ${column.name}: a value of one level and the name of another; write a value that only one has`,
    })
  }
  const level = [...found][0] ?? text
  if (!column.levels.includes(level) && found.size === 0) {
    const near = nearestName(text, column.levels)
    issues.push({
      path,
      message: `${column.name} has no level ${JSON.stringify(text)}; it has ${column.levels.slice(0, 20).join(", ")}`,
      ...(near === undefined ? {} : { nearest: near }),
    })
  }
  return level
}

const sideOf = (
  study: Study,
  data: AnalysisData,
  column: AnalysisColumn | undefined,
  side: Value,
  path: string,
  issues: Array<Issue>,
):
  | { column: AnalysisColumn; names: ReadonlyArray<string>; text: string; has: (row: number) => boolean }
  | undefined => {
  const wanted: ReadonlyArray<readonly [AnalysisColumn, Value]> = isMap(side)
    ? [...side].flatMap(([name, value]): ReadonlyArray<readonly [AnalysisColumn, Value]> => {
        const own = data.columns.get(name)
        if (own !== undefined) return [[own, value]]
        issues.push({ path, message: `the runs have no factor or block ${JSON.stringify(name)}` })
        return []
      })
    : column === undefined
      ? []
      : [[column, side]]
  const first = wanted[0]
  if (first === undefined) return undefined
  const checks = wanted.map(([own, value]) => {
    const levels = new Set((isList(value) ? value : [value]).map((one) => levelOf(study, own, one, path, issues)))
    return { own, levels }
  })
  const text = isMap(side)
    ? checks.map(({ own, levels }) => `${own.name} ${[...levels].join("+")}`).join(", ")
    : [...(checks[0]?.levels ?? [])].join("+")
  return {
    column: first[0],
    names: wanted.map(([own]) => own.name),
    text,
    has: (row) => checks.every(({ own, levels }) => levels.has(own.labels[row] ?? "")),
  }
}

/** The comparisons of a hypothesis; problems become issues. */
export const claimsOf = (
  study: Study,
  data: AnalysisData,
  hypothesis: Hypothesis,
  path: string,
  issues: Array<Issue>,
): ReadonlyArray<Claim> => {
  const before = issues.length
  const columns = columnsOf(study, data, hypothesis, path, issues)
  if (issues.length > before) return []
  const contrast = hypothesis.contrast
  if (contrast !== null && (contrast.left !== null || contrast.right !== null)) {
    const word = contrast.operation
      .trim()
      .toLowerCase()
      .replaceAll(/[\s-]+/g, "_")
    const operation = Object.hasOwn(operations, word) ? operations[word] : undefined
    if (operation === undefined) {
      issues.push({
        path: `${path}.contrast.operation`,
        message: `the analysis knows no operation ${JSON.stringify(contrast.operation)}; it knows difference and ratio`,
      })
      return []
    }
    const column = columns.find((candidate) => candidate.kind === "categorical") ?? columns[0]
    const left = sideOf(study, data, column, contrast.left, `${path}.contrast.left`, issues)
    const right = sideOf(study, data, column, contrast.right, `${path}.contrast.right`, issues)
    if (left === undefined || right === undefined) {
      if (issues.length === before)
        issues.push({
          path: `${path}.contrast`,
          message: "which factor the sides are levels of is not said: name it in independent_vars",
        })
      return []
    }
    const both = data.runs.some((_, row) => left.has(row) && right.has(row))
    if (both)
      issues.push({ path: `${path}.contrast`, message: `some runs are on both sides: ${left.text} and ${right.text}` })
    return [
      {
        column: left.column,
        left: left.text,
        right: right.text,
        isLeft: left.has,
        isRight: right.has,
        names: new Set([...left.names, ...right.names]),
        operation,
      },
    ]
  }
  const claims = columns.flatMap((column): ReadonlyArray<Claim> => {
    if (column.kind === "numeric") return []
    const factor = study.factors.find((candidate) => candidate.name === column.name)
    const claim = (left: string, right: string): Claim => ({
      column,
      left,
      right,
      isLeft: (row) => column.labels[row] === left,
      isRight: (row) => column.labels[row] === right,
      names: new Set([column.name]),
      operation: "difference",
    })
    // The baseline is the first level.
    const [base, ...others] = column.levels
    if (base === undefined) return []
    if (others.length === 1 || (factor !== undefined && hasBaseline(factor)))
      return others.map((level) => claim(level, base))
    return column.levels.flatMap((right, i) => column.levels.slice(i + 1).map((left) => claim(left, right)))
  })
  if (claims.length <= claimsMax) return claims
  issues.push({
    path: `${path}.contrast`,
    message: `the levels of ${columns.map((column) => column.name).join(", ")} make ${claims.length} comparisons, and a hypothesis has at most ${claimsMax}: say which in contrast, or mark a level as the baseline`,
  })
  return []
}
