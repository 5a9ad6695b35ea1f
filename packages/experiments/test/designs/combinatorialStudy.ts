import * as Result from "effect/Result"
import type { BuiltDesign, DesignBuilder, DesignRow } from "../../src/Design.ts"
import type { DesignError } from "../../src/ExperimentError.ts"
import {
  blockBuilders,
  optimalBuilders,
  spaceFillingBuilders,
  squareBuilders,
} from "../../src/internal/combinatorialBuilders.ts"
import type { DesignKind, DesignSpec, Study } from "../../src/Study.ts"
import * as StudyFile from "../../src/StudyFile.ts"
import type { PlainMap } from "../../src/StudyInput.ts"
import * as Value from "../../src/Value.ts"

export const builders: Partial<Record<DesignKind, DesignBuilder>> = {
  ...squareBuilders,
  ...blockBuilders,
  ...spaceFillingBuilders,
  ...optimalBuilders,
}

interface Given {
  readonly factors?: Readonly<Record<string, ReadonlyArray<string | number | boolean | Value.Float>>>
  readonly dtypes?: Readonly<Record<string, string>>
  readonly blocks?: Readonly<Record<string, readonly [string | number, ...Array<string | number>]>>
  readonly options?: PlainMap
  readonly constraints?: ReadonlyArray<string>
  readonly seed?: number
  readonly spec?: Partial<Omit<DesignSpec, "kind" | "options">>
}

/** A study of one design; levels are named by their place. */
export const studyOf = (kind: DesignKind, given: Given): Study =>
  Result.getOrThrow(
    StudyFile.make({
      studyId: "s",
      title: "t",
      factors: Object.entries(given.factors ?? {}).map(([name, values]) => ({
        name,
        dtype: given.dtypes?.[name] ?? null,
        levels: values.map((value, index) => ({ name: `l${index}`, value })),
      })),
      blocks: Object.entries(given.blocks ?? {}).map(([name, levels]) => ({ name, levels })),
      constraints: (given.constraints ?? []).map((expression, index) => ({
        constraintId: `c${index}`,
        description: expression,
        expression,
      })),
      seedPolicy: { baseSeed: given.seed ?? 1 },
      designSpec: {
        kind,
        ...given.spec,
        options: given.options ?? {},
      },
    }),
  )

const run = (kind: DesignKind, given: Given): Result.Result<BuiltDesign, DesignError> => {
  const builder = builders[kind]
  if (builder === undefined) throw new Error(`no builder of ${kind}`)
  return builder(studyOf(kind, given))
}

/** The design of a study; an error is thrown. */
export const built = (kind: DesignKind, given: Given): BuiltDesign => Result.getOrThrow(run(kind, given))

/** The error of a study that has no such design. */
export const refused = (kind: DesignKind, given: Given): DesignError => {
  const result = run(kind, given)
  if (Result.isSuccess(result)) throw new Error(`${kind} was built: ${result.success.rows.length} rows`)
  return result.failure
}

/** Values of one column as plain data. */
export const column = (rows: ReadonlyArray<DesignRow>, name: string): ReadonlyArray<unknown> =>
  rows.map((row) => Value.toJson(row.factors.get(name) ?? row.blocks.get(name) ?? row.metadata.get(name) ?? null))

/** Rows by the value of one column, in order of first sight. */
export const groups = (rows: ReadonlyArray<DesignRow>, name: string): ReadonlyMap<unknown, ReadonlyArray<DesignRow>> =>
  Map.groupBy(rows, (row) => column([row], name)[0])
