/**
 * What a kernel takes and gives, as plain data: a pipeline can be checked, costed, drawn and cut into tiles without
 * running anything.
 *
 * @layer contract
 * @module
 */
import type { Dtype, OutputDtype } from "./Image.ts"

/** Axes of an array, slowest first. `n` are planes of any meaning, `c` channels of one site, `z` real depth, `s` sites. @category models */
export type Axes = "yx" | "nyx" | "cyx" | "zyx" | "syx"

/** One input. @category models */
export interface InputSpec {
  readonly name: string
  readonly axes: Axes
  readonly dtypes: ReadonlyArray<OutputDtype>
  /** `mask`: 0 and one other value, anything else is refused. `labels`: 0 is background, objects count from 1. Grey values unless given. */
  readonly holds?: "mask" | "labels"
  /** It may be left out (undefined is given in its place, or no field of its name); the summary says what that means. */
  readonly optional?: true
  readonly summary: string
}

/** What becomes of grey values: `kept` in the input's units, `stretched` onto a new range, `none` for labels and masks. @category models */
export type ScaleRule = "kept" | "stretched" | "none"

/** How the size in y and x follows from the input's. @category models */
export type SizeRule =
  | { readonly rule: "same" }
  /** Divided by a parameter, rounded down. */
  | { readonly rule: "divided"; readonly by: string }
  /** As parameters or the data say; the summary of the kernel tells. */
  | { readonly rule: "given" }

/** The picture that comes out. @category models */
export interface OutputSpec {
  readonly axes: Axes
  /** `input` is the type of the first input. */
  readonly dtype: OutputDtype | "input"
  readonly scale: ScaleRule
  readonly size: SizeRule
}

/**
 * How far around a pixel the kernel looks. A tile with this many more pixels on each side gives the same inner pixels as the
 * whole picture: `pixels` is the sum of `plus` and each parameter times its factor, rounded up. `point` looks at the
 * pixel alone (and may look at all pixels first, as a percentile does, where `needs` says so); `whole` cannot be cut.
 *
 * @category models
 */
export type Halo =
  | { readonly reach: "point" }
  | {
      readonly reach: "pixels"
      readonly plus: number
      readonly terms: ReadonlyArray<{ readonly parameter: string; readonly times: number }>
    }
  | { readonly reach: "whole" }

/** One parameter. A parameter with neither `fallback` nor `optional` must be given. @category models */
export type ParameterSpec = {
  readonly summary: string
  /** It may be left out, and the summary says what that means; no value of its range stands for it. */
  readonly optional?: true
  /** Such as `px`, `um`, `percent`, `grey values`; empty for pure numbers. */
  readonly unit: string
  /** It is read only where the other parameter has one of these values; given beside another one it is refused. */
  readonly onlyWhen?: { readonly parameter: string; readonly is: ReadonlyArray<string | boolean> }
} & (
  | {
      readonly kind: "integer" | "number"
      readonly minimum: number
      readonly maximum: number
      /** The minimum itself is refused. */
      readonly above?: boolean
      readonly fallback?: number
    }
  | { readonly kind: "choice"; readonly choices: ReadonlyArray<string>; readonly fallback?: string }
  | { readonly kind: "boolean"; readonly fallback?: boolean }
  | {
      readonly kind: "numbers"
      readonly minimum: number
      readonly maximum: number
      readonly lengthMax: number
      readonly fallback?: ReadonlyArray<number>
    }
)

/** A column of a table; missing numbers are NaN in a `number` column and -1 in an `integer` one, and say so in the summary. @category models */
export interface ColumnSpec {
  readonly name: string
  readonly kind: "integer" | "number" | "boolean" | "text"
  readonly unit: string
  readonly summary: string
}

/** A table that comes out beside the picture. @category models */
export interface TableSpec {
  readonly name: string
  readonly columns: ReadonlyArray<ColumnSpec>
}

/** A kernel as data. @category models */
export interface Signature {
  /** In the spelling of pipeline files: `white_top_hat`. */
  readonly name: string
  readonly summary: string
  /** Raised whenever the same input may give another result; part of fingerprints. */
  readonly version: number
  readonly inputs: ReadonlyArray<InputSpec>
  /** Absent where the kernel only measures. */
  readonly output?: OutputSpec
  readonly halo: Halo
  readonly parameters: Readonly<Record<string, ParameterSpec>>
  readonly tables: ReadonlyArray<TableSpec>
  /**
   * Working memory beyond the inputs, the result among it: bytes per pixel of the first input (of all its planes), and bytes
   * besides. Stated, for parameters in the middle of their range. A test measures the compiled kernels with the parameters that they
   * fall back to: memory that they are lent, and all typed arrays that are made while they run, are within it. Not in it are plain
   * lists, copies of inputs that do not stand on the backend's memory, and rows for each of many things found, with the lists that they
   * are made of: local maxima, neurites, branches of skeletons.
   */
  readonly memory: { readonly bytesPerPixel: number; readonly bytes: number }
  /** Paper, or reference implementation, that the result is checked against. */
  readonly source: string
}

type Given<P> = P extends { readonly kind: "integer" | "number" }
  ? number
  : P extends { readonly kind: "choice"; readonly choices: ReadonlyArray<infer C> }
    ? C
    : P extends { readonly kind: "boolean" }
      ? boolean
      : ReadonlyArray<number>

type MayBeAbsent<P> = P extends { readonly fallback: unknown } | { readonly optional: true } ? true : false

/** The parameters of a signature, all of them; those that are optional may be undefined. @category models */
export type Resolved<S extends Signature> = {
  readonly [K in keyof S["parameters"]]:
    | Given<S["parameters"][K]>
    | (S["parameters"][K] extends { readonly optional: true } ? undefined : never)
}

/** The parameters of a signature as a caller gives them: those with a fallback, and optional ones, may be left out. @category models */
export type Parameters<S extends Signature> = {
  readonly [K in keyof S["parameters"] as MayBeAbsent<S["parameters"][K]> extends true ? never : K]: Given<
    S["parameters"][K]
  >
} & {
  readonly [K in keyof S["parameters"] as MayBeAbsent<S["parameters"][K]> extends true ? K : never]?:
    | Given<S["parameters"][K]>
    | undefined
}

/** All types of pixels that pictures come in. @category constants */
export const pixelDtypes = ["uint8", "uint16", "float32"] as const satisfies ReadonlyArray<Dtype>
