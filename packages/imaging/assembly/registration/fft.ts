/**
 * Discrete Fourier transforms of four signals at once, one in each lane: Stockham passes that sort themselves, radix 4, 2, 3, 5
 * and any small prime, and Bluestein's convolution for other lengths. Element `i` stands at `32 i`: four real parts, then
 * four imaginary ones.
 *
 * A plan is a block of 32-bit words that the caller has made: length, number of passes (-1 for Bluestein), then for each pass
 * radix, m, s and where its factors stand, in words from the start of the plan. No pass looks at two lanes together.
 */

function realPart(at: usize): v128 {
  return v128.load(at)
}

function imaginaryPart(at: usize): v128 {
  return v128.load(at, 16)
}

function put(at: usize, real: v128, imaginary: v128): void {
  v128.store(at, real)
  v128.store(at, imaginary, 16)
}

function putTimes(at: usize, real: v128, imaginary: v128, factorReal: v128, factorImaginary: v128): void {
  v128.store(at, f32x4.sub(f32x4.mul(real, factorReal), f32x4.mul(imaginary, factorImaginary)))
  v128.store(at, f32x4.add(f32x4.mul(real, factorImaginary), f32x4.mul(imaginary, factorReal)), 16)
}

function pass2(x: usize, y: usize, m: usize, s: usize, factors: usize): void {
  const far = (m * s) << 5
  const step = s << 5
  for (let p: usize = 0; p < m; p++) {
    const w1r = v128.load32_splat(factors)
    const w1i = v128.load32_splat(factors, 4)
    factors += 8
    for (const end = x + step; x < end; x += 32, y += 32) {
      const ar = realPart(x)
      const ai = imaginaryPart(x)
      const br = realPart(x + far)
      const bi = imaginaryPart(x + far)
      put(y, f32x4.add(ar, br), f32x4.add(ai, bi))
      putTimes(y + step, f32x4.sub(ar, br), f32x4.sub(ai, bi), w1r, w1i)
    }
    y += step
  }
}

function pass3(x: usize, y: usize, m: usize, s: usize, factors: usize): void {
  const far = (m * s) << 5
  const step = s << 5
  const half = f32x4.splat(0.5)
  const sine = f32x4.splat(0.8660254037844386)
  for (let p: usize = 0; p < m; p++) {
    const w1r = v128.load32_splat(factors)
    const w1i = v128.load32_splat(factors, 4)
    const w2r = v128.load32_splat(factors, 8)
    const w2i = v128.load32_splat(factors, 12)
    factors += 16
    for (const end = x + step; x < end; x += 32, y += 32) {
      const ar = realPart(x)
      const ai = imaginaryPart(x)
      const br = realPart(x + far)
      const bi = imaginaryPart(x + far)
      const cr = realPart(x + 2 * far)
      const ci = imaginaryPart(x + 2 * far)
      const tr = f32x4.add(br, cr)
      const ti = f32x4.add(bi, ci)
      const ur = f32x4.sub(ar, f32x4.mul(half, tr))
      const ui = f32x4.sub(ai, f32x4.mul(half, ti))
      const vr = f32x4.mul(sine, f32x4.sub(br, cr))
      const vi = f32x4.mul(sine, f32x4.sub(bi, ci))
      put(y, f32x4.add(ar, tr), f32x4.add(ai, ti))
      putTimes(y + step, f32x4.add(ur, vi), f32x4.sub(ui, vr), w1r, w1i)
      putTimes(y + 2 * step, f32x4.sub(ur, vi), f32x4.add(ui, vr), w2r, w2i)
    }
    y += 2 * step
  }
}

function pass4(x: usize, y: usize, m: usize, s: usize, factors: usize): void {
  const far = (m * s) << 5
  const step = s << 5
  for (let p: usize = 0; p < m; p++) {
    const w1r = v128.load32_splat(factors)
    const w1i = v128.load32_splat(factors, 4)
    const w2r = v128.load32_splat(factors, 8)
    const w2i = v128.load32_splat(factors, 12)
    const w3r = v128.load32_splat(factors, 16)
    const w3i = v128.load32_splat(factors, 20)
    factors += 24
    for (const end = x + step; x < end; x += 32, y += 32) {
      const ar = realPart(x)
      const ai = imaginaryPart(x)
      const cr = realPart(x + 2 * far)
      const ci = imaginaryPart(x + 2 * far)
      const sr = f32x4.add(ar, cr)
      const si = f32x4.add(ai, ci)
      const dr = f32x4.sub(ar, cr)
      const di = f32x4.sub(ai, ci)
      const br = realPart(x + far)
      const bi = imaginaryPart(x + far)
      const er = realPart(x + 3 * far)
      const ei = imaginaryPart(x + 3 * far)
      const tr = f32x4.add(br, er)
      const ti = f32x4.add(bi, ei)
      const ur = f32x4.sub(br, er)
      const ui = f32x4.sub(bi, ei)
      put(y, f32x4.add(sr, tr), f32x4.add(si, ti))
      putTimes(y + step, f32x4.add(dr, ui), f32x4.sub(di, ur), w1r, w1i)
      putTimes(y + 2 * step, f32x4.sub(sr, tr), f32x4.sub(si, ti), w2r, w2i)
      putTimes(y + 3 * step, f32x4.sub(dr, ui), f32x4.add(di, ur), w3r, w3i)
    }
    y += 3 * step
  }
}

/** The last pass of radix 4 has one factor for all: 1. */
function lastPass4(x: usize, y: usize, s: usize): void {
  const step = s << 5
  for (const end = x + step; x < end; x += 32, y += 32) {
    const ar = realPart(x)
    const ai = imaginaryPart(x)
    const cr = realPart(x + 2 * step)
    const ci = imaginaryPart(x + 2 * step)
    const sr = f32x4.add(ar, cr)
    const si = f32x4.add(ai, ci)
    const dr = f32x4.sub(ar, cr)
    const di = f32x4.sub(ai, ci)
    const br = realPart(x + step)
    const bi = imaginaryPart(x + step)
    const er = realPart(x + 3 * step)
    const ei = imaginaryPart(x + 3 * step)
    const tr = f32x4.add(br, er)
    const ti = f32x4.add(bi, ei)
    const ur = f32x4.sub(br, er)
    const ui = f32x4.sub(bi, ei)
    put(y, f32x4.add(sr, tr), f32x4.add(si, ti))
    put(y + step, f32x4.add(dr, ui), f32x4.sub(di, ur))
    put(y + 2 * step, f32x4.sub(sr, tr), f32x4.sub(si, ti))
    put(y + 3 * step, f32x4.sub(dr, ui), f32x4.add(di, ur))
  }
}

function pass5(x: usize, y: usize, m: usize, s: usize, factors: usize): void {
  const far = (m * s) << 5
  const step = s << 5
  const c1 = f32x4.splat(0.30901699437494745)
  const c2 = f32x4.splat(-0.8090169943749475)
  const s1 = f32x4.splat(0.9510565162951535)
  const s2 = f32x4.splat(0.5877852522924731)
  for (let p: usize = 0; p < m; p++) {
    for (const end = x + step; x < end; x += 32, y += 32) {
      const ar = realPart(x)
      const ai = imaginaryPart(x)
      const t1r = f32x4.add(realPart(x + far), realPart(x + 4 * far))
      const t1i = f32x4.add(imaginaryPart(x + far), imaginaryPart(x + 4 * far))
      const t3r = f32x4.sub(realPart(x + far), realPart(x + 4 * far))
      const t3i = f32x4.sub(imaginaryPart(x + far), imaginaryPart(x + 4 * far))
      const t2r = f32x4.add(realPart(x + 2 * far), realPart(x + 3 * far))
      const t2i = f32x4.add(imaginaryPart(x + 2 * far), imaginaryPart(x + 3 * far))
      const t4r = f32x4.sub(realPart(x + 2 * far), realPart(x + 3 * far))
      const t4i = f32x4.sub(imaginaryPart(x + 2 * far), imaginaryPart(x + 3 * far))
      const m1r = f32x4.add(f32x4.add(ar, f32x4.mul(c1, t1r)), f32x4.mul(c2, t2r))
      const m1i = f32x4.add(f32x4.add(ai, f32x4.mul(c1, t1i)), f32x4.mul(c2, t2i))
      const m2r = f32x4.add(f32x4.add(ar, f32x4.mul(c2, t1r)), f32x4.mul(c1, t2r))
      const m2i = f32x4.add(f32x4.add(ai, f32x4.mul(c2, t1i)), f32x4.mul(c1, t2i))
      const n1r = f32x4.add(f32x4.mul(s1, t3r), f32x4.mul(s2, t4r))
      const n1i = f32x4.add(f32x4.mul(s1, t3i), f32x4.mul(s2, t4i))
      const n2r = f32x4.sub(f32x4.mul(s2, t3r), f32x4.mul(s1, t4r))
      const n2i = f32x4.sub(f32x4.mul(s2, t3i), f32x4.mul(s1, t4i))
      put(y, f32x4.add(f32x4.add(ar, t1r), t2r), f32x4.add(f32x4.add(ai, t1i), t2i))
      const f = factors
      putTimes(y + step, f32x4.add(m1r, n1i), f32x4.sub(m1i, n1r), v128.load32_splat(f), v128.load32_splat(f, 4))
      putTimes(
        y + 2 * step,
        f32x4.add(m2r, n2i),
        f32x4.sub(m2i, n2r),
        v128.load32_splat(f, 8),
        v128.load32_splat(f, 12),
      )
      putTimes(
        y + 3 * step,
        f32x4.sub(m2r, n2i),
        f32x4.add(m2i, n2r),
        v128.load32_splat(f, 16),
        v128.load32_splat(f, 20),
      )
      putTimes(
        y + 4 * step,
        f32x4.sub(m1r, n1i),
        f32x4.add(m1i, n1r),
        v128.load32_splat(f, 24),
        v128.load32_splat(f, 28),
      )
    }
    factors += 32
    y += 4 * step
  }
}

/** Any radix, by its definition; the roots of unity of the radix stand behind the factors. */
function passAny(x: usize, y: usize, radix: usize, m: usize, s: usize, factors: usize): void {
  const far = (m * s) << 5
  const step = s << 5
  const roots = factors + ((m * (radix - 1)) << 3)
  for (let p: usize = 0; p < m; p++) {
    for (const end = x + step; x < end; x += 32, y += 32) {
      for (let j: usize = 0; j < radix; j++) {
        let real = realPart(x)
        let imaginary = imaginaryPart(x)
        let root: usize = 0
        for (let k: usize = 1; k < radix; k++) {
          root += j
          if (root >= radix) root -= radix
          const wr = v128.load32_splat(roots + (root << 3))
          const wi = v128.load32_splat(roots + (root << 3), 4)
          const ar = realPart(x + k * far)
          const ai = imaginaryPart(x + k * far)
          real = f32x4.add(real, f32x4.sub(f32x4.mul(ar, wr), f32x4.mul(ai, wi)))
          imaginary = f32x4.add(imaginary, f32x4.add(f32x4.mul(ar, wi), f32x4.mul(ai, wr)))
        }
        if (j === 0) {
          put(y, real, imaginary)
        } else {
          const f = factors + ((j - 1) << 3)
          putTimes(y + j * step, real, imaginary, v128.load32_splat(f), v128.load32_splat(f, 4))
        }
      }
    }
    factors += (radix - 1) << 3
    y += (radix - 1) * step
  }
}

/** Forward transform of what stands at `x`; `y` is as large. Gives which of both holds the result. */
function mixed(x: usize, y: usize, plan: usize): usize {
  const passes = load<i32>(plan, 4)
  let stage = plan + 8
  for (let pass = 0; pass < passes; pass++, stage += 16) {
    const radix = <usize>load<u32>(stage)
    const m = <usize>load<u32>(stage, 4)
    const s = <usize>load<u32>(stage, 8)
    const factors = plan + ((<usize>load<u32>(stage, 12)) << 2)
    if (radix === 4 && m === 1) lastPass4(x, y, s)
    else if (radix === 4) pass4(x, y, m, s, factors)
    else if (radix === 2) pass2(x, y, m, s, factors)
    else if (radix === 3) pass3(x, y, m, s, factors)
    else if (radix === 5) pass5(x, y, m, s, factors)
    else passAny(x, y, radix, m, s, factors)
    const swap = x
    x = y
    y = swap
  }
  return x
}

/** Multiplies elements with one factor for each. */
function timesEach(from: usize, to: usize, factors: usize, count: usize): void {
  for (let index: usize = 0; index < count; index++) {
    const real = realPart(from + (index << 5))
    const imaginary = imaginaryPart(from + (index << 5))
    const f = factors + (index << 3)
    putTimes(to + (index << 5), real, imaginary, v128.load32_splat(f), v128.load32_splat(f, 4))
  }
}

/** Real parts become imaginary ones and back: what turns a forward transform into an inverse one. */
function exchange(at: usize, count: usize): void {
  for (const end = at + (count << 5); at < end; at += 32) put(at, imaginaryPart(at), realPart(at))
}

/**
 * Forward transform of the plan's length of what stands at `x`. Both places have room for the plan's working length. Gives
 * which of both holds the result.
 */
export function transform(x: usize, y: usize, plan: usize): usize {
  if (load<i32>(plan, 4) >= 0) return mixed(x, y, plan)
  // Bluestein: the transform as a convolution with a chirp, at a length that has small factors.
  const n = <usize>load<u32>(plan)
  const length = <usize>load<u32>(plan, 8)
  const chirp = plan + ((<usize>load<u32>(plan, 12)) << 2)
  const spectrum = plan + ((<usize>load<u32>(plan, 16)) << 2)
  const inner = plan + ((<usize>load<u32>(plan, 20)) << 2)
  timesEach(x, x, chirp, n)
  memory.fill(x + (n << 5), 0, (length - n) << 5)
  const forward = mixed(x, y, inner)
  timesEach(forward, forward, spectrum, length)
  exchange(forward, length)
  const back = mixed(forward, forward === x ? y : x, inner)
  exchange(back, length)
  timesEach(back, back, chirp, n)
  return back
}
