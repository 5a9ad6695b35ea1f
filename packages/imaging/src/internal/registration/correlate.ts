/**
 * Phase correlation and cross-correlation of two planes, in plain TypeScript: both real planes in one complex transform
 * (Kuglin and Hines 1975), the peak on the pixel grid, and the surface around it by a transform at a finer grid
 * (Guizar-Sicairos, Thurman, Fienup, Optics Letters 33, 156-158, 2008).
 *
 * @layer logic
 * @module
 */
import type { Image } from "../../Image.ts"
import { type Complex, complexOf, transform } from "./fft.ts"
import type { Correlation, CorrelationOptions } from "./ops.ts"
import { correlationAt, extremesOf, gridOf, meansOf, peakOf, phaseLeast, scaleOf, signedShift, unitOf } from "./peak.ts"
import { columnTableOf, groupTurnsOf, type Plan, planOf, rowTableOf, turnsOf } from "./plan.ts"
import { prepare } from "./prepare.ts"

const f = Math.fround

/** Columns 0 to width / 2 of a spectrum; the others are their mirrors. */
type HalfSpectrum = ReadonlyArray<Complex>

const halfSpectrum = (columns: number, height: number): HalfSpectrum =>
  Array.from({ length: columns }, () => complexOf(height))

/** The transforms of rows of two planes in one; twice as large as they are defined. */
const forwardRows = (
  left: Float32Array,
  right: Float32Array,
  leftScale: number,
  rightScale: number,
  width: number,
  height: number,
): readonly [HalfSpectrum, HalfSpectrum] => {
  const plan = planOf(width)
  const columns = Math.floor(width / 2) + 1
  const [a, b] = [halfSpectrum(columns, height), halfSpectrum(columns, height)]
  const [first, second] = [complexOf(plan.work), complexOf(plan.work)]
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      first.re[x] = left[y * width + x] * leftScale
      first.im[x] = right[y * width + x] * rightScale
    }
    const { im, re } = transform(first, second, plan)
    for (let k = 0; k < columns; k++) {
      const mirror = k === 0 ? 0 : width - k
      a[k].re[y] = re[k] + re[mirror]
      a[k].im[y] = im[k] - im[mirror]
      b[k].re[y] = im[k] + im[mirror]
      b[k].im[y] = re[mirror] - re[k]
    }
  }
  return [a, b]
}

/** The forward transform of a column, in its place; with its parts exchanged it is the inverse one. */
const transformColumn = ({ im, re }: Complex, plan: Plan, first: Complex, second: Complex): void => {
  first.re.set(re)
  first.im.set(im)
  const result = transform(first, second, plan)
  re.set(result.re.subarray(0, re.length))
  im.set(result.im.subarray(0, im.length))
}

/** The product of a column of the left spectrum and the conjugate of the right one, in the place of the left one. */
const multiply = (a: Complex, b: Complex, height: number, phase: boolean): void => {
  for (let y = 0; y < height; y++) {
    const [ar, ai, br, bi] = [a.re[y], a.im[y], b.re[y], b.im[y]]
    let re = f(f(ar * br) + f(ai * bi))
    let im = f(f(ai * br) - f(ar * bi))
    if (phase) {
      const length = Math.max(f(Math.sqrt(f(f(re * re) + f(im * im)))), phaseLeast)
      re = f(re / length)
      im = f(im / length)
    }
    a.re[y] = re
    a.im[y] = im
  }
}

const exchanged = ({ im, re }: Complex): Complex => ({ re: im, im: re })

/** The correlation surface from the inverse column transforms: rows `y` and `y + 4` of each eight in one transform. */
const inverseRows = (spectrum: HalfSpectrum, width: number, height: number): Float32Array => {
  const plan = planOf(width)
  const surface = new Float32Array(width * height)
  const [first, second] = [complexOf(plan.work), complexOf(plan.work)]
  for (let top = 0; top < height; top += 8) {
    for (let y = top; y < Math.min(height, top + 4); y++) {
      for (const [k, { im, re }] of spectrum.entries()) {
        const [upRe, upIm] = [re[y], im[y]]
        const [downRe, downIm] = y + 4 < height ? [re[y + 4], im[y + 4]] : [0, 0]
        // Exchanged parts make the forward transform an inverse one.
        first.im[k] = upRe - downIm
        first.re[k] = upIm + downRe
        if (k > 0 && width - k !== k) {
          first.im[width - k] = upRe + downIm
          first.re[width - k] = downRe - upIm
        }
      }
      const { im, re } = transform(first, second, plan)
      surface.set(im.subarray(0, width), y * width)
      if (y + 4 < height) surface.set(re.subarray(0, width), (y + 4) * width)
    }
  }
  return surface
}

/** The correlation at steps of a part of a pixel around a peak. */
const refine = (
  spectrum: HalfSpectrum,
  width: number,
  height: number,
  coarse: { readonly x: number; readonly y: number },
  factor: number,
): Float32Array => {
  const { side, steps } = gridOf(factor)
  const [rowTurns, columnTurns] = [turnsOf(height, coarse.y), groupTurnsOf(width, coarse.x)]
  const [rowTable, columnTable] = [rowTableOf(height, factor, steps), columnTableOf(width, factor, steps)]
  const frequencies = Math.floor(height / 2) + 1
  const pairs = Math.floor((height - 1) / 2)
  const groups = Math.ceil(spectrum.length / 4)
  // Rows of the finer grid, one complex number for each column of the spectrum.
  const lines = Array.from({ length: 2 * steps + 1 }, () => complexOf(4 * groups))
  const turned = complexOf(height)
  for (const [k, { im, re }] of spectrum.entries()) {
    const at = 8 * Math.floor(k / 4) + (k % 4)
    const [cr, ci] = [columnTurns[at], columnTurns[at + 4]]
    for (let y = 0; y < height; y++) {
      const [wr, wi] = [rowTurns[2 * y], rowTurns[2 * y + 1]]
      const tr = f(f(cr * wr) - f(ci * wi))
      const ti = f(f(cr * wi) + f(ci * wr))
      turned.re[y] = f(re[y] * tr) - f(im[y] * ti)
      turned.im[y] = f(re[y] * ti) + f(im[y] * tr)
    }
    for (let step = 0; step <= steps; step++) {
      let [evenRe, evenIm, oddRe, oddIm] = [0, 0, 0, 0]
      for (let y = 0; y < frequencies; y++) {
        const table = 2 * (step * frequencies + y)
        const [c, s] = [rowTable[table], rowTable[table + 1]]
        const mirror = y > 0 && y <= pairs ? height - y : -1
        const [r, i] = [turned.re[y], turned.im[y]]
        const [otherR, otherI] = mirror < 0 ? [0, 0] : [turned.re[mirror], turned.im[mirror]]
        evenRe = f(evenRe + f(f(r + otherR) * c))
        evenIm = f(evenIm + f(f(i + otherI) * c))
        if (mirror < 0) continue
        oddRe = f(oddRe + f(f(r - otherR) * s))
        oddIm = f(oddIm + f(f(i - otherI) * s))
      }
      const [plus, minus] = [lines[steps + step], lines[steps - step]]
      plus.re[k] = evenRe - oddIm
      plus.im[k] = evenIm + oddRe
      minus.re[k] = evenRe + oddIm
      minus.im[k] = evenIm - oddRe
    }
  }
  const surface = new Float32Array(side * side)
  const [even, odd] = [new Float32Array(4), new Float32Array(4)]
  const total = (sign: number): number => {
    const [a, b, c, d] = [0, 1, 2, 3].map((lane) => f(even[lane] + sign * odd[lane])) as [
      number,
      number,
      number,
      number,
    ]
    return f(f(a + b) + f(c + d))
  }
  for (let row = 0; row < side; row++) {
    const line = lines[row]
    for (let step = 0; step <= steps; step++) {
      even.fill(0)
      odd.fill(0)
      for (let k = 0; k < 4 * groups; k++) {
        const table = 8 * (step * groups + Math.floor(k / 4)) + (k % 4)
        even[k % 4] += f(line.re[k] * columnTable[table])
        odd[k % 4] += f(line.im[k] * columnTable[table + 4])
      }
      if (steps + step < side) surface[row * side + steps + step] = total(-1)
      surface[row * side + steps - step] = total(1)
    }
  }
  return surface
}

/** Compares two planes of one size. */
export const correlate = (reference: Image, moving: Image, options: CorrelationOptions): Correlation => {
  const { height, width } = reference
  const { phase, signed, upsampleFactor } = options
  const [a, b] = [prepare(reference, options), prepare(moving, options)]
  const [left, right] = forwardRows(a.plane, b.plane, scaleOf(a), scaleOf(b), width, height)
  const plan = planOf(height)
  const [first, second] = [complexOf(plan.work), complexOf(plan.work)]
  for (const column of [...left, ...right]) transformColumn(column, plan, first, second)
  for (const [k, column] of left.entries()) multiply(column, right[k], height, phase)
  if (options.whitenSigmaPx === undefined && !options.windowed) {
    left[0].re[0] = 0
    left[0].im[0] = 0
  }
  for (const [k, { im, re }] of left.entries()) {
    right[k].re.set(re)
    right[k].im.set(im)
    transformColumn(exchanged(right[k]), plan, first, second)
  }
  const size = width * height
  const [unit, means] = [unitOf(size, options), meansOf(size, a, b, options)]
  const peak = peakOf(extremesOf(inverseRows(right, width, height)), unit, means, signed)
  const coarse = { x: signedShift(peak.at % width, width), y: signedShift(Math.floor(peak.at / width), height) }
  const blank = a.energy === 0 || b.energy === 0
  if (upsampleFactor === 1 || blank) return correlationAt(coarse, { width, height }, peak, 1, blank)
  const fine = peakOf(extremesOf(refine(left, width, height, coarse, upsampleFactor)), unit, means, signed)
  return correlationAt(coarse, { width, height }, fine, upsampleFactor, blank)
}
