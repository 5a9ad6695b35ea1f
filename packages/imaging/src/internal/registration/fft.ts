/**
 * The discrete Fourier transform of one signal in single precision: the same passes in the same order as the compiled one
 * (`assembly/registration/fft.ts`), so that both give the same bits. Stockham's self-sorting form of mixed radix
 * (Van Loan, Computational Frameworks for the Fast Fourier Transform, 1992), and Bluestein's convolution (1970).
 *
 * @layer logic
 * @module
 */
import type { Plan } from "./plan.ts"

/** A signal of complex numbers, real and imaginary parts apart. */
export interface Complex {
  readonly re: Float32Array
  readonly im: Float32Array
}

const f = Math.fround

/** A signal of so many numbers, all zero. */
export const complexOf = (length: number): Complex => ({ re: new Float32Array(length), im: new Float32Array(length) })

const putTimes = (out: Complex, at: number, re: number, im: number, floats: Float32Array, factor: number): void => {
  const [wr, wi] = [floats[factor], floats[factor + 1]]
  out.re[at] = f(re * wr) - f(im * wi)
  out.im[at] = f(re * wi) + f(im * wr)
}

type Pass = (
  x: Complex,
  from: number,
  far: number,
  y: Complex,
  to: number,
  step: number,
  floats: Float32Array,
  at: number,
) => void

const butterfly2: Pass = (x, from, far, y, to, step, floats, at) => {
  const [ar, ai, br, bi] = [x.re[from], x.im[from], x.re[from + far], x.im[from + far]]
  y.re[to] = ar + br
  y.im[to] = ai + bi
  putTimes(y, to + step, f(ar - br), f(ai - bi), floats, at)
}

const half = f(0.5)
const sine3 = f(0.8660254037844386)

const butterfly3: Pass = (x, from, far, y, to, step, floats, at) => {
  const [ar, ai, br, bi] = [x.re[from], x.im[from], x.re[from + far], x.im[from + far]]
  const [cr, ci] = [x.re[from + 2 * far], x.im[from + 2 * far]]
  const [tr, ti] = [f(br + cr), f(bi + ci)]
  const [ur, ui] = [f(ar - f(half * tr)), f(ai - f(half * ti))]
  const [vr, vi] = [f(sine3 * f(br - cr)), f(sine3 * f(bi - ci))]
  y.re[to] = ar + tr
  y.im[to] = ai + ti
  putTimes(y, to + step, f(ur + vi), f(ui - vr), floats, at)
  putTimes(y, to + 2 * step, f(ur - vi), f(ui + vr), floats, at + 2)
}

const butterfly4: Pass = (x, from, far, y, to, step, floats, at) => {
  const [ar, ai, br, bi] = [x.re[from], x.im[from], x.re[from + far], x.im[from + far]]
  const [cr, ci, er, ei] = [x.re[from + 2 * far], x.im[from + 2 * far], x.re[from + 3 * far], x.im[from + 3 * far]]
  const [sr, si, dr, di] = [f(ar + cr), f(ai + ci), f(ar - cr), f(ai - ci)]
  const [tr, ti, ur, ui] = [f(br + er), f(bi + ei), f(br - er), f(bi - ei)]
  y.re[to] = sr + tr
  y.im[to] = si + ti
  putTimes(y, to + step, f(dr + ui), f(di - ur), floats, at)
  putTimes(y, to + 2 * step, f(sr - tr), f(si - ti), floats, at + 2)
  putTimes(y, to + 3 * step, f(dr - ui), f(di + ur), floats, at + 4)
}

const [c1, c2, s1, s2] = [f(0.30901699437494745), f(-0.8090169943749475), f(0.9510565162951535), f(0.5877852522924731)]

const butterfly5: Pass = (x, from, far, y, to, step, floats, at) => {
  const part = (signal: Float32Array) => {
    const a = signal[from]
    const [b, c, d, e] = [1, 2, 3, 4].map((k) => signal[from + k * far]) as [number, number, number, number]
    const [t1, t2, t3, t4] = [f(b + e), f(c + d), f(b - e), f(c - d)]
    return {
      sum: f(f(a + t1) + t2),
      m1: f(f(a + f(c1 * t1)) + f(c2 * t2)),
      m2: f(f(a + f(c2 * t1)) + f(c1 * t2)),
      n1: f(f(s1 * t3) + f(s2 * t4)),
      n2: f(f(s2 * t3) - f(s1 * t4)),
    }
  }
  const [r, i] = [part(x.re), part(x.im)]
  y.re[to] = r.sum
  y.im[to] = i.sum
  putTimes(y, to + step, f(r.m1 + i.n1), f(i.m1 - r.n1), floats, at)
  putTimes(y, to + 2 * step, f(r.m2 + i.n2), f(i.m2 - r.n2), floats, at + 2)
  putTimes(y, to + 3 * step, f(r.m2 - i.n2), f(i.m2 + r.n2), floats, at + 4)
  putTimes(y, to + 4 * step, f(r.m1 - i.n1), f(i.m1 + r.n1), floats, at + 6)
}

/** Any radix, by its definition; its roots of unity stand at `roots`. */
const butterflyAny =
  (radix: number, roots: number): Pass =>
  (x, from, far, y, to, step, floats, at) => {
    for (let j = 0; j < radix; j++) {
      let [re, im] = [x.re[from], x.im[from]]
      for (let k = 1; k < radix; k++) {
        const root = roots + 2 * ((j * k) % radix)
        const [wr, wi, ar, ai] = [floats[root], floats[root + 1], x.re[from + k * far], x.im[from + k * far]]
        re = f(re + f(f(ar * wr) - f(ai * wi)))
        im = f(im + f(f(ar * wi) + f(ai * wr)))
      }
      if (j === 0) {
        y.re[to] = re
        y.im[to] = im
      } else putTimes(y, to + j * step, re, im, floats, at + 2 * (j - 1))
    }
  }

const butterflies: Readonly<Record<number, Pass>> = { 2: butterfly2, 3: butterfly3, 4: butterfly4, 5: butterfly5 }

/** The passes of the plan that begins at a word; `x` and `y` change places with each. */
const mixed = (first: Complex, second: Complex, { floats, words }: Plan, base: number): Complex => {
  let [x, y] = [first, second]
  for (let pass = 0; pass < words[base + 1]; pass++) {
    const header = base + 2 + 4 * pass
    const [radix, m, s, offset] = [words[header], words[header + 1], words[header + 2], words[header + 3]]
    const factors = base + offset
    const butterfly = butterflies[radix] ?? butterflyAny(radix, factors + 2 * m * (radix - 1))
    for (let p = 0; p < m; p++) {
      for (let q = 0; q < s; q++) {
        butterfly(x, p * s + q, m * s, y, p * s * radix + q, s, floats, factors + 2 * p * (radix - 1))
      }
    }
    const swap = x
    x = y
    y = swap
  }
  return x
}

const timesEach = (x: Complex, floats: Float32Array, at: number, count: number): void => {
  for (let index = 0; index < count; index++) putTimes(x, index, x.re[index], x.im[index], floats, at + 2 * index)
}

const exchanged = ({ im, re }: Complex): Complex => ({ re: im, im: re })

/**
 * Forward transform of what stands in `first`; both places have the plan's working length. Gives the one that holds the
 * result.
 */
export const transform = (first: Complex, second: Complex, plan: Plan): Complex => {
  const { floats, length, words } = plan
  if (words[1] >= 0) return mixed(first, second, plan, 0)
  const [work, chirp, spectrum, inner] = [words[2], words[3], words[4], words[5]]
  timesEach(first, floats, chirp, length)
  first.re.fill(0, length, work)
  first.im.fill(0, length, work)
  const forward = mixed(first, second, plan, inner)
  timesEach(forward, floats, spectrum, work)
  const back = exchanged(mixed(exchanged(forward), exchanged(forward === first ? second : first), plan, inner))
  timesEach(back, floats, chirp, length)
  return back
}
