/**
 * Checks that every kernel makes before it works: parameters against its signature, pictures against their sizes.
 *
 * @layer logic
 * @module
 */
import type { Backend } from "../Backend.ts"
import { dtypeOf, type Image, type OutputDtype, type Pixels, sideMaxPx, type Stack } from "../Image.ts"
import { ImagingError, shown } from "../ImagingError.ts"
import { anyBeyond, finiteAddend, firstBeyond, headroomAddend, headroomMax } from "./beyond.ts"
import { refused, refusedInput } from "./refused.ts"
import type { Parameters, ParameterSpec, Resolved, Signature } from "../Signature.ts"

const rangeText = (spec: { readonly minimum: number; readonly maximum: number; readonly above?: boolean }): string =>
  spec.above === true ? `above ${spec.minimum} and at most ${spec.maximum}` : `from ${spec.minimum} to ${spec.maximum}`

const isWithin = (
  value: number,
  spec: { readonly minimum: number; readonly maximum: number; readonly above?: boolean },
): boolean => (spec.above === true ? value > spec.minimum : value >= spec.minimum) && value <= spec.maximum

const checkOne = (kernel: string, name: string, spec: ParameterSpec, value: unknown): void => {
  switch (spec.kind) {
    case "integer":
    case "number": {
      const whole = spec.kind === "integer"
      const expected = `a ${whole ? "whole " : ""}number ${rangeText(spec)}${spec.unit === "" ? "" : ` (${spec.unit})`}`
      const good = typeof value === "number" && isWithin(value, spec) && (!whole || Number.isInteger(value))
      if (!good) throw refused(kernel, name, expected, value)
      return
    }
    case "choice":
      if (typeof value !== "string" || !spec.choices.includes(value)) {
        throw refused(kernel, name, `one of ${spec.choices.map((one) => JSON.stringify(one)).join(", ")}`, value)
      }
      return
    case "boolean":
      if (typeof value !== "boolean") throw refused(kernel, name, "true or false", value)
      return
    case "numbers": {
      const least = spec.optional === true ? 0 : 1
      const expected = `${least} to ${spec.lengthMax} numbers ${rangeText(spec)}`
      if (!Array.isArray(value) || value.length < least || value.length > spec.lengthMax) {
        throw refused(kernel, name, expected, value)
      }
      for (const [index, one] of value.entries()) {
        if (typeof one !== "number" || !isWithin(one, spec)) throw refused(kernel, `${name}[${index}]`, expected, one)
      }
    }
  }
}

/** The refusal of a parameter that would not be read: a caller who gives it expects that it does something. */
const unread = (
  kernel: string,
  name: string,
  parameter: string,
  is: ReadonlyArray<string | boolean>,
  value: unknown,
): ImagingError => {
  const choices = is.map((one) => JSON.stringify(one))
  return new ImagingError(
    kernel,
    {
      _tag: "InvalidParameter",
      parameter: name,
      expected: `left out: it is read only where ${parameter} is ${choices.join(" or ")}`,
      actual: shown(value),
    },
    choices.map((choice) => `{ ${parameter}: ${choice} } has it read`),
  )
}

/** The parameters with their fallbacks; refuses what is missing, unknown, out of range, or not read beside the others. */
export const checkParameters = <S extends Signature>(signature: S, given: Parameters<S> | undefined): Resolved<S> => {
  const values: Record<string, unknown> = { ...given }
  const specs: Readonly<Record<string, ParameterSpec>> = signature.parameters
  for (const name of Object.keys(values)) {
    if (!Object.hasOwn(specs, name)) {
      throw new ImagingError(
        signature.name,
        {
          _tag: "InvalidParameter",
          parameter: name,
          expected: "left out: it is no parameter",
          actual: shown(values[name]),
        },
        [`parameters: ${Object.keys(specs).join(", ") || "none"}`],
      )
    }
  }
  for (const [name, spec] of Object.entries(specs)) {
    // Null is a value, and a wrong one.
    if (values[name] === undefined) values[name] = spec.fallback
    if (values[name] === undefined && spec.optional === true) continue
    checkOne(signature.name, name, spec, values[name])
  }
  // After all ranges: whether a parameter is read depends on others, fallbacks among them.
  for (const [name, value] of Object.entries({ ...given })) {
    const { onlyWhen } = specs[name]
    if (value === undefined || onlyWhen === undefined) continue
    const { is, parameter } = onlyWhen
    if (!is.some((one) => one === values[parameter])) throw unread(signature.name, name, parameter, is, value)
  }
  // Each value has just been checked against the spec that its type is made of.
  return values as Resolved<S>
}

/** How arrays of other kinds become pixels. */
const conversionOf = (data: unknown): ReadonlyArray<string> => {
  if (data instanceof Uint8ClampedArray)
    return ["new Uint8Array(data.buffer, data.byteOffset, data.length) shows the same bytes"]
  if (data instanceof DataView || data instanceof ArrayBuffer)
    return ["new Uint16Array(buffer, byteOffset, length), say"]
  if (ArrayBuffer.isView(data))
    return ["Float32Array.from(data) takes any numbers; whole ones of 0 to 65535 fit Uint16Array.from(data)"]
  return Array.isArray(data) ? ["Uint16Array.from(data) or Float32Array.from(data)"] : []
}

/** What a number of pixels that does not fit may come from. */
const countHints = (length: number, expected: number): ReadonlyArray<string> => {
  const times = length / expected
  if (times === 3 || times === 4)
    return [`${times} times as many: interleaved colour? each channel is a picture of its own`]
  return Number.isInteger(times) && times > 1 ? [`${times} times as many: a stack? take one plane with planeOf`] : []
}

const checkArray = (kernel: string, input: string, data: unknown, dtypes: ReadonlyArray<OutputDtype>): void => {
  const known =
    data instanceof Uint8Array ||
    data instanceof Uint16Array ||
    data instanceof Float32Array ||
    data instanceof Uint32Array
  if (!known || !dtypes.includes(dtypeOf(data))) {
    throw refusedInput(
      kernel,
      `${input}.data`,
      `a typed array of ${dtypes.join(", ")}`,
      shown(data),
      conversionOf(data),
    )
  }
}

/** What a check of a picture may be told. */
export interface CheckOptions {
  /** Floats are looked through by it, where they stand on its memory. */
  readonly backend?: Backend
  readonly name?: string
  readonly dtypes: ReadonlyArray<OutputDtype>
  /** How many planes `data` must hold; 1 unless given. */
  readonly planes?: number
  /** NaN and infinity are let through. */
  readonly anyFloat?: boolean
  /** Floats that would make sums or differences infinite are refused: from 2^120 on. */
  readonly headroom?: boolean
}

/** Refuses a picture whose sizes, pixels or type are not what they say. */
export const checkImage = (kernel: string, image: Image<Pixels | Uint32Array>, options: CheckOptions): void => {
  const { anyFloat = false, dtypes, headroom = false, name = "image", planes = 1 } = options
  if (typeof image !== "object" || image === null)
    throw refusedInput(kernel, name, "{ data, width, height }", shown(image))
  checkArray(kernel, name, image.data, dtypes)
  const { data, height, width } = image
  for (const [side, length] of [
    ["width", width],
    ["height", height],
  ] as const) {
    if (!Number.isInteger(length) || length < 1 || length > sideMaxPx) {
      throw refusedInput(kernel, `${name}.${side}`, `a whole number from 1 to ${sideMaxPx} (px)`, shown(length))
    }
  }
  const expected = width * height * planes
  if (data.length !== expected) {
    const detached = data.length === 0 && data.byteLength === 0
    throw refusedInput(
      kernel,
      `${name}.data`,
      `${width} wide x ${height} high${planes === 1 ? "" : ` x ${planes} planes`} = ${expected} pixels`,
      `${data.length}${detached ? " (an empty array, or one whose buffer was transferred away)" : ""}`,
      planes === 1 ? countHints(data.length, expected) : [],
    )
  }
  if (data instanceof Float32Array && !anyFloat) {
    const addend = headroom ? headroomAddend : finiteAddend
    const any =
      options.backend === undefined ? anyBeyond(data, addend) : options.backend.intensity.anyBeyond(data, addend)
    if (any) {
      const at = firstBeyond(data, addend)
      throw new ImagingError(
        kernel,
        {
          _tag: "InvalidImage",
          input: `${name}.data`,
          expected: Number.isFinite(data[at])
            ? `numbers within ±${headroomMax}: larger ones add up to infinity`
            : "finite numbers",
          actual: `${data[at]} at x ${at % width}, y ${Math.floor(at / width) % height}${planes === 1 ? "" : `, plane ${Math.floor(at / (width * height))}`}`,
        },
        ["replace or mask such pixels first: no kernel guesses what they were"],
      )
    }
  }
}

/** Refuses a stack whose sizes, pixels or type are not what they say. */
export const checkStack = (
  kernel: string,
  stack: Stack<Pixels | Uint32Array>,
  options: Omit<CheckOptions, "planes">,
): void => {
  const { name = "stack" } = options
  const planes: unknown = typeof stack === "object" && stack !== null ? stack.planes : undefined
  if (typeof planes !== "number" || !Number.isInteger(planes) || planes < 1 || planes > sideMaxPx) {
    throw refusedInput(kernel, `${name}.planes`, `a whole number from 1 to ${sideMaxPx}`, shown(planes))
  }
  checkImage(kernel, stack, { ...options, name, planes })
}

/** Refuses pictures of different sizes. */
export const checkSameSize = (
  kernel: string,
  name: string,
  image: Image<Pixels | Uint32Array>,
  as: Image<Pixels | Uint32Array>,
): void => {
  if (image.width === as.width && image.height === as.height) return
  const sides = (one: Image<Pixels | Uint32Array>) => `${one.width} wide x ${one.height} high`
  throw refusedInput(kernel, name, `${sides(as)}, as the first input`, sides(image))
}

/** Refuses a place for the result that does not fit it. */
export const checkInto = (
  kernel: string,
  into: Pixels | Uint32Array | undefined,
  dtype: OutputDtype,
  length: number,
): void => {
  if (into === undefined) return
  checkArray(kernel, "into", into, [dtype])
  if (into.length !== length) throw refusedInput(kernel, "into", `${length} pixels`, String(into.length))
}
