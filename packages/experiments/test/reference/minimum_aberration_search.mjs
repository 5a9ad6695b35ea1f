// Searches regular two-level fractions with few short words; made the generators in src/internal/minimumAberrationTable.ts.
//   node minimum_aberration_search.mjs RUNS FACTORS [SECONDS] [SEED]
// Prints the best columns found, with their numbers of words of 3 to 8 factors, and the generators in a normal form (the
// smallest list over many choices of basic columns). A result counts as minimum aberration only where these numbers equal
// published ones: Chen, Sun and Wu (1993) up to 64 runs; Xu (2009) and Block and Mee (2005) for 128 runs. 25 factors in
// 128 runs were found only with columns taken as whole orbits of a linear map of order 3 (argument SYMMETRIC=1).
const [runs, factors, seconds = 5, seed = 12345] = process.argv.slice(2).map(Number)
const symmetric = process.env.SYMMETRIC === "1"
const bits = Math.log2(runs)

let state = seed
const random = () => {
  state = (state + 0x6d2b79f5) | 0
  let t = Math.imul(state ^ (state >>> 15), 1 | state)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4294967296
}
const odd = (x) => {
  let ones = 0
  for (let rest = x; rest !== 0; rest &= rest - 1) ones++
  return ones & 1
}
const shuffle = (items) => {
  for (let i = items.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1))
    ;[items[i], items[j]] = [items[j], items[i]]
  }
  return items
}

// What is chosen: single columns, or orbits of x -> Mx where M has blocks of x^2 + x + 1 on bits 0, 1 and bits 2, 3.
const units = []
if (symmetric) {
  const turn = (v) => {
    let image = 0
    for (let at = 0; at < 4; at += 2) {
      const low = (v >> at) & 1
      const high = (v >> (at + 1)) & 1
      image |= high << at
      image |= (low ^ high) << (at + 1)
    }
    for (let at = 4; at < bits; at++) image |= v & (1 << at)
    return image
  }
  const seen = new Set()
  for (let v = 1; v < runs; v++) {
    if (seen.has(v)) continue
    const orbit = []
    for (let x = v; !seen.has(x); x = turn(x)) {
      seen.add(x)
      orbit.push(x)
    }
    units.push(orbit)
  }
} else {
  // Above 5/16 of the runs the best fractions have words of even length only: all columns with the last basic factor.
  for (let v = 1; v < runs; v++) if (factors <= (5 * runs) / 16 || v >= runs / 2) units.push([v])
}
const vectors = units.map((columns) => {
  const vector = new Int16Array(runs)
  for (const column of columns) for (let x = 0; x < runs; x++) vector[x] += odd(column & x) ? -1 : 1
  return vector
})

const pattern = (columns) => {
  const counts = []
  for (let length = 3; length <= Math.min(8, columns.length); length++) {
    let total = 0n
    for (let x = 0; x < runs; x++) {
      let weight = 0
      for (const column of columns) weight += odd(column & x)
      let coefficients = [1n]
      for (let i = 0; i < columns.length; i++) {
        const next = [...coefficients, 0n]
        for (let at = 0; at < coefficients.length; at++) next[at + 1] += (i < weight ? -1n : 1n) * coefficients[at]
        coefficients = next.slice(0, length + 1)
      }
      total += coefficients[length] ?? 0n
    }
    counts.push(Number(total / BigInt(runs)))
  }
  return counts
}
const less = (a, b) => {
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return a[i] < b[i]
  return false
}

let best
const end = Date.now() + seconds * 1000
do {
  const order = shuffle(units.map((_, unit) => unit))
  const inside = []
  let size = 0
  for (const unit of order) {
    if (size + units[unit].length > factors) continue
    size += units[unit].length
    inside.push(unit)
  }
  if (size !== factors) continue
  const outside = order.filter((unit) => !inside.includes(unit))
  const sums = new Float64Array(runs)
  for (const unit of inside) for (let x = 0; x < runs; x++) sums[x] += vectors[unit][x]
  // Sums of powers over the runs count words: the third power those of 3 factors, the fourth those of 4, and so on.
  const cost = (out, into) => {
    let [e3, e4, e5, e6] = [0, 0, 0, 0]
    for (let x = 0; x < runs; x++) {
      const c = sums[x] - (out === undefined ? 0 : vectors[out][x] - vectors[into][x])
      e3 += c ** 3
      e4 += c ** 4
      e5 += c ** 5
      e6 += c ** 6
    }
    return (60 * e3) / runs / 6 + e4 / runs / 24 + (e3 > 0 ? 0 : (0.004 * e5) / runs / 120) + (2e-5 * e6) / runs / 720
  }
  let current = cost()
  let lowest = current
  let kept = inside.slice()
  const steps = outside.length === 0 ? 0 : 4000 + runs * 60
  let heat = Math.max(2, factors / 3)
  for (let step = 0; step < steps; step++) {
    heat *= (0.02 / Math.max(2, factors / 3)) ** (1 / steps)
    const i = Math.floor(random() * inside.length)
    const o = Math.floor(random() * outside.length)
    if (units[inside[i]].length !== units[outside[o]].length) continue
    const next = cost(inside[i], outside[o])
    if (next > current && random() >= Math.exp((current - next) / heat)) continue
    for (let x = 0; x < runs; x++) sums[x] += vectors[outside[o]][x] - vectors[inside[i]][x]
    ;[inside[i], outside[o]] = [outside[o], inside[i]]
    current = next
    if (current < lowest - 1e-12) {
      lowest = current
      kept = inside.slice()
    }
  }
  const columns = kept.flatMap((unit) => units[unit])
  const words = pattern(columns)
  if (best === undefined || less(words, best.words)) best = { columns, words }
} while (Date.now() < end)

const normal = (columns, tries) => {
  let smallest
  for (let attempt = 0; attempt < tries; attempt++) {
    const rows = []
    const basic = new Set()
    const split = (column) => {
      let rest = column
      let as = 0
      for (const row of rows) {
        if ((rest & row.lead) === 0) continue
        rest ^= row.rest
        as ^= row.as
      }
      return { rest, as }
    }
    for (const column of shuffle(columns.slice())) {
      const { rest, as } = split(column)
      if (rest === 0) continue
      rows.push({ rest, as: as ^ (1 << rows.length), lead: 1 << (31 - Math.clz32(rest)) })
      basic.add(column)
    }
    const generators = columns.filter((column) => !basic.has(column)).map((column) => split(column).as)
    generators.sort((a, b) => a - b)
    if (rows.length === bits && (smallest === undefined || less(generators, smallest))) smallest = generators
  }
  return smallest
}
console.log("columns   ", best.columns.join(" "))
console.log("words 3..8", best.words.join(" "))
console.log("generators", normal(best.columns, 30_000)?.join(" "))
