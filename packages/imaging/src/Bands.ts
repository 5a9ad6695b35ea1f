/**
 * A picture cut into bands of rows: each is read with a halo of rows above and below, worked on by itself (by another thread,
 * say), and what its halo made wrong is thrown away. A kernel whose signature has a halo gives the same as on the whole.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels } from "./Image.ts"
import { ImagingError, shown } from "./ImagingError.ts"
import { likeOf } from "./internal/arrays.ts"
import { checkParameters } from "./internal/check.ts"
import type { Halo, Parameters, Signature } from "./Signature.ts"

/** One band of rows. @category models */
export interface Band {
  /** First row that is read. */
  readonly readFrom: number
  /** How many rows are read. */
  readonly readRows: number
  /** First row that is kept, of the whole picture. */
  readonly keepFrom: number
  /** How many rows are kept. */
  readonly keepRows: number
  /** Rows of the band's result before the first that is kept. */
  readonly skipRows: number
}

const whole = (parameter: string, value: number, minimum: number, maximum: number): void => {
  if (Number.isInteger(value) && value >= minimum && value <= maximum) return
  throw new ImagingError("bands", {
    _tag: "InvalidParameter",
    parameter,
    expected: `a whole number from ${minimum} to ${maximum}`,
    actual: shown(value),
  })
}

/**
 * The bands of a picture of so many rows: at most `count`, of rows as equal as can be; fewer where there are fewer rows. The halo
 * ends at the picture's edge, so that kernels treat the border of the picture as that of the whole.
 *
 * Throws `ImagingError` for sizes that cannot be.
 *
 * @category constructors
 */
export const bandsOf = (rows: number, count: number, haloPx: number): ReadonlyArray<Band> => {
  whole("rows", rows, 1, 2 ** 31)
  whole("count", count, 1, 65_535)
  whole("haloPx", haloPx, 0, 2 ** 31)
  const bands = Math.min(rows, count)
  return Array.from({ length: bands }, (_, index) => {
    const keepFrom = Math.floor((rows * index) / bands)
    const keepTo = Math.floor((rows * (index + 1)) / bands)
    const readFrom = Math.max(0, keepFrom - haloPx)
    const readTo = Math.min(rows, keepTo + haloPx)
    return {
      readFrom,
      readRows: readTo - readFrom,
      keepFrom,
      keepRows: keepTo - keepFrom,
      skipRows: keepFrom - readFrom,
    }
  })
}

/** The rows of a picture that a band reads, on the same memory. @category getters */
export const readBand = <P extends Pixels | Uint32Array>({ data, width }: Image<P>, band: Band): Image<P> => ({
  // `subarray` keeps the class of the array that it is called on; TypeScript widens it.
  data: data.subarray(band.readFrom * width, (band.readFrom + band.readRows) * width) as P,
  width,
  height: band.readRows,
})

/**
 * Puts the rows of a band's result that are kept where they belong in the whole result.
 *
 * Throws `ImagingError` where the result is not of the band's size or the whole is too small.
 *
 * @category combinators
 */
export const keepBand = <P extends Pixels | Uint32Array>(result: Image<P>, band: Band, into: P): void => {
  const { data, height, width } = result
  if (height !== band.readRows || data.length !== width * height) {
    throw new ImagingError("bands", {
      _tag: "InvalidImage",
      input: "result",
      expected: `${band.readRows} rows, as were read`,
      actual: `${height} rows of ${width} px in ${data.length} pixels`,
    })
  }
  if (into.length < (band.keepFrom + band.keepRows) * width) {
    throw new ImagingError("bands", {
      _tag: "InvalidImage",
      input: "into",
      expected: `at least ${(band.keepFrom + band.keepRows) * width} pixels`,
      actual: String(into.length),
    })
  }
  into.set(data.subarray(band.skipRows * width, (band.skipRows + band.keepRows) * width), band.keepFrom * width)
}

/**
 * How many rows around a band a kernel looks at with these parameters, those left out at their fallbacks; `undefined` where it looks at
 * the whole picture, which cannot be cut then.
 *
 * Throws `ImagingError` for parameters that the kernel would refuse.
 *
 * @category getters
 */
export const haloPx = <S extends Signature>(signature: S, parameters: Parameters<S>): number | undefined => {
  const resolved: Readonly<Record<string, unknown>> = checkParameters(signature, parameters)
  const halo: Halo = signature.halo
  if (halo.reach === "whole") return undefined
  if (halo.reach === "point") return 0
  const sum = halo.terms.reduce((total, { parameter, times }) => {
    const value = resolved[parameter]
    return total + (typeof value === "number" ? value : 0) * times
  }, halo.plus)
  return Math.ceil(sum)
}

/** What {@link inBands} cuts a picture for. @category models */
export interface BandOptions<S extends Signature> {
  /** At most so many bands. */
  readonly count: number
  /** The kernel's: its halo says how far bands overlap. */
  readonly signature: S
  readonly parameters: Parameters<S>
}

/**
 * Runs a kernel on each band and puts the results together: what a pipeline does on several threads, on one. The kernel is called with
 * the parameters that the halo was taken from.
 *
 * Throws what the kernel throws, and `ImagingError` for bands that cannot be, and for kernels that look at the whole picture, take
 * several planes, or give a picture of another size.
 *
 * @category combinators
 */
export const inBands = <P extends Pixels | Uint32Array, R extends Pixels | Uint32Array, S extends Signature>(
  image: Image<P>,
  { count, parameters, signature }: BandOptions<S>,
  kernel: (band: Image<P>, parameters: Parameters<S>) => Image<R>,
): Image<R> => {
  const halo = haloPx(signature, parameters)
  const { inputs, output }: Signature = signature
  if (halo === undefined || output?.size.rule !== "same" || inputs[0]?.axes !== "yx") {
    throw new ImagingError(
      signature.name,
      {
        _tag: "InvalidParameter",
        parameter: "signature",
        expected: "that of a kernel that can be cut into bands: one plane in, a plane of the same size out, and a halo",
        actual:
          halo === undefined ? "one that looks at the whole picture" : "one that gives another size or takes planes",
      },
      ["run it on the whole picture"],
    )
  }
  const { height, width } = image
  let out: R | undefined
  for (const band of bandsOf(height, count, halo)) {
    const result = kernel(readBand(image, band), parameters)
    out ??= likeOf(result.data, width * height)
    keepBand(result, band, out)
  }
  // There is at least one band, so there is a result.
  return { data: out as R, width, height }
}
