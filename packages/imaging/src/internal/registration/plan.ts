/**
 * Tables of the transforms: factors of each pass as a block of words that both backends read, windows, kernels, and the turns
 * of the finer grid. They are computed here for both, so that both work with the same bits.
 *
 * @layer logic
 * @module
 */

/** A transform of one length. Words as the compiled transform reads them; see `assembly/registration/fft.ts`. */
export interface Plan {
  readonly length: number
  /** Elements that each of the two working places must have. */
  readonly work: number
  readonly words: Int32Array
  /** The same words as floats. */
  readonly floats: Float32Array
}

/** Primes that have a pass; lengths with a larger one go by Bluestein's convolution. */
const primeMax = 17

const radicesOf = (length: number): ReadonlyArray<number> | undefined => {
  const radices: Array<number> = []
  let rest = length
  for (const radix of [4, 2, 3, 5, 7, 11, 13, primeMax]) {
    while (rest % radix === 0) {
      radices.push(radix)
      rest /= radix
    }
  }
  return rest === 1 ? radices : undefined
}

/** Cosine and sine of `-2 pi index / length`. */
const root = (index: number, length: number): readonly [cosine: number, sine: number] => {
  const angle = (-2 * Math.PI * (index % length)) / length
  return [Math.cos(angle), Math.sin(angle)]
}

const mixedPlan = (length: number, radices: ReadonlyArray<number>): Plan => {
  let size = 2 + 4 * radices.length
  let left = length
  for (const radix of radices) {
    left /= radix
    size += 2 * left * (radix - 1) + (radix > 5 ? 2 * radix : 0)
  }
  const words = new Int32Array(size)
  const floats = new Float32Array(words.buffer)
  words[0] = length
  words[1] = radices.length
  let [at, current, s] = [2 + 4 * radices.length, length, 1]
  const put = (pair: readonly [number, number]): void => {
    floats[at] = pair[0]
    floats[at + 1] = pair[1]
    at += 2
  }
  for (const [pass, radix] of radices.entries()) {
    const m = current / radix
    words.set([radix, m, s, at], 2 + 4 * pass)
    for (let p = 0; p < m; p++) for (let j = 1; j < radix; j++) put(root(p * j, current))
    if (radix > 5) for (let j = 0; j < radix; j++) put(root(j, radix))
    current = m
    s *= radix
  }
  return { length, work: length, words, floats }
}

const isSmooth = (length: number): boolean => {
  let rest = length
  for (const factor of [2, 3, 5]) while (rest % factor === 0) rest /= factor
  return rest === 1
}

/** The least length, not below one, that has no factor but 2, 3 and 5. */
export const smoothFrom = (length: number): number => {
  let candidate = length
  while (!isSmooth(candidate)) candidate++
  return candidate
}

/** The greatest length, not above one, that has no factor but 2, 3 and 5. */
export const smoothTo = (length: number): number => {
  let candidate = length
  while (!isSmooth(candidate)) candidate--
  return candidate
}

/**
 * A transform in doubles, for the chirp of Bluestein's plan alone: recursion by the smallest factor.
 */
const slowTransform = (re: ReadonlyArray<number>, im: ReadonlyArray<number>): [Array<number>, Array<number>] => {
  const n = re.length
  if (n === 1) return [[re[0] ?? 0], [im[0] ?? 0]]
  const radix = [2, 3, 5].find((factor) => n % factor === 0) ?? n
  const m = n / radix
  const parts = Array.from({ length: radix }, (_, part) => {
    const pick = (values: ReadonlyArray<number>) => Array.from({ length: m }, (__, i) => values[i * radix + part] ?? 0)
    return slowTransform(pick(re), pick(im))
  })
  const outRe = Array.from({ length: n }, () => 0)
  const outIm = Array.from({ length: n }, () => 0)
  for (let k = 0; k < n; k++) {
    for (const [part, [partRe, partIm]] of parts.entries()) {
      const [cosine, sine] = root(part * k, n)
      const [a, b] = [partRe[k % m] ?? 0, partIm[k % m] ?? 0]
      outRe[k] = (outRe[k] ?? 0) + a * cosine - b * sine
      outIm[k] = (outIm[k] ?? 0) + a * sine + b * cosine
    }
  }
  return [outRe, outIm]
}

const bluesteinPlan = (length: number): Plan => {
  const work = smoothFrom(2 * length - 1)
  const inner = mixedPlan(work, radicesOf(work) ?? [])
  // k k modulo 2 n keeps the angle exact for long signals.
  const chirp = Array.from({ length }, (_, k) => root((k * k) % (2 * length), 2 * length))
  const re = Array.from({ length: work }, () => 0)
  const im = Array.from({ length: work }, () => 0)
  for (const [k, [cosine, sine]] of chirp.entries()) {
    for (const at of k === 0 ? [0] : [k, work - k]) {
      re[at] = cosine
      im[at] = -sine
    }
  }
  const [spectrumRe, spectrumIm] = slowTransform(re, im)
  const header = 6
  const chirpAt = header
  const spectrumAt = chirpAt + 2 * length
  const innerAt = spectrumAt + 2 * work
  const words = new Int32Array(innerAt + inner.words.length)
  const floats = new Float32Array(words.buffer)
  words.set([length, -1, work, chirpAt, spectrumAt, innerAt])
  for (const [k, pair] of chirp.entries()) floats.set(pair, chirpAt + 2 * k)
  for (let k = 0; k < work; k++) {
    floats[spectrumAt + 2 * k] = (spectrumRe[k] ?? 0) / work
    floats[spectrumAt + 2 * k + 1] = (spectrumIm[k] ?? 0) / work
  }
  words.set(inner.words, innerAt)
  return { length, work, words, floats }
}

/** Keeps what was computed last for a few arguments; the same arguments give the same tables. */
const remembered = <A>(most: number, make: (...numbers: ReadonlyArray<number>) => A) => {
  const known = new Map<string, A>()
  return (...numbers: ReadonlyArray<number>): A => {
    const key = numbers.join(" ")
    const found = known.get(key)
    if (found !== undefined) return found
    const made = make(...numbers)
    const [oldest] = known.keys()
    if (known.size >= most && oldest !== undefined) known.delete(oldest)
    known.set(key, made)
    return made
  }
}

/** The plan of a length. */
export const planOf: (length: number) => Plan = remembered(128, (length = 1) => {
  const radices = radicesOf(length)
  return radices === undefined ? bluesteinPlan(length) : mixedPlan(length, radices)
})

/** Cosine and sine of `2 pi index / length`, for all indices. */
const rootsOf: (length: number) => Float32Array = remembered(128, (length = 1) => {
  const roots = new Float32Array(2 * length)
  for (let index = 0; index < length; index++) {
    const [cosine, sine] = root(index, length)
    roots[2 * index] = cosine
    roots[2 * index + 1] = -sine
  }
  return roots
})

/** Turns that move what is at `shift` to 0, for each row frequency: cosine and sine of `2 pi k shift / length`. */
export const turnsOf = (length: number, shift: number): Float32Array => {
  const roots = rootsOf(length)
  const turns = new Float32Array(2 * length)
  const step = ((shift % length) + length) % length
  for (let k = 0, index = 0; k < length; k++) {
    turns[2 * k] = roots[2 * index]
    turns[2 * k + 1] = roots[2 * index + 1]
    index += step
    if (index >= length) index -= length
  }
  return turns
}

/** The same for columns 0 to `length / 2` in groups of four: four cosines, four sines. */
export const groupTurnsOf = (length: number, shift: number): Float32Array => {
  const turns = turnsOf(length, shift)
  const half = Math.floor(length / 2) + 1
  const grouped = new Float32Array(8 * Math.ceil(half / 4))
  for (let k = 0; k < half; k++) {
    const at = 8 * Math.floor(k / 4) + (k % 4)
    grouped[at] = turns[2 * k]
    grouped[at + 4] = turns[2 * k + 1]
  }
  return grouped
}

/** Cosine and sine of `2 pi step k / (factor length)` for steps 0 to `steps` and frequencies 0 to `length / 2`. */
export const rowTableOf: (length: number, factor: number, steps: number) => Float32Array = remembered(
  64,
  (length = 1, factor = 1, steps = 0) => {
    const frequencies = Math.floor(length / 2) + 1
    const table = new Float32Array(2 * frequencies * (steps + 1))
    for (let step = 0, at = 0; step <= steps; step++) {
      const angle = (2 * Math.PI * step) / (factor * length)
      const [c, s] = [Math.cos(angle), Math.sin(angle)]
      let [cosine, sine] = [1, 0]
      for (let k = 0; k < frequencies; k++, at += 2) {
        table[at] = cosine
        // The frequency in the middle of an even length is its own mirror: its odd part cancels.
        table[at + 1] = 2 * k === length ? 0 : sine
        const next = cosine * c - sine * s
        sine = sine * c + cosine * s
        cosine = next
      }
    }
    return table
  },
)

/** The same for groups of four columns, times how often each column counts: 2, or 1 for those that are their own mirror. */
export const columnTableOf: (length: number, factor: number, steps: number) => Float32Array = remembered(
  64,
  (length = 1, factor = 1, steps = 0) => {
    const half = Math.floor(length / 2) + 1
    const groups = Math.ceil(half / 4)
    const rows = rowTableOf(length, factor, steps)
    const table = new Float32Array(8 * groups * (steps + 1))
    for (let step = 0; step <= steps; step++) {
      for (let k = 0; k < half; k++) {
        const at = 8 * (step * groups + Math.floor(k / 4)) + (k % 4)
        const from = 2 * (step * half + k)
        const weight = k === 0 || 2 * k === length ? 1 : 2
        table[at] = weight * rows[from]
        table[at + 4] = weight * rows[from + 1]
      }
    }
    return table
  },
)

/** A Hann window, 0 at both ends, as `numpy.hanning`; 3 more numbers for reading four at a time. */
export const hannOf: (length: number) => Float32Array = remembered(128, (length = 1) => {
  const window = new Float32Array(length + 3)
  for (let index = 0; index < length; index++) {
    window[index] = length === 1 ? 1 : 0.5 - 0.5 * Math.cos((2 * Math.PI * index) / (length - 1))
  }
  return window
})

/** A Gaussian and its second derivative, to four sigma, as SciPy's `gaussian_laplace` takes them. */
export const gaussiansOf: (sigma: number) => { readonly smooth: Float32Array; readonly curved: Float32Array } =
  remembered(8, (sigma = 1) => {
    const radius = Math.floor(4 * sigma + 0.5)
    const values = Array.from({ length: 2 * radius + 1 }, (_, index) =>
      Math.exp((-0.5 * (index - radius) ** 2) / sigma ** 2),
    )
    const sum = values.reduce((total, value) => total + value, 0)
    const smooth = Float32Array.from(values, (value) => value / sum)
    const curved = Float32Array.from(
      values,
      (value, index) => (value / sum) * ((index - radius) ** 2 / sigma ** 4 - 1 / sigma ** 2),
    )
    return { smooth, curved }
  })
