/**
 * Connected components by runs, in plain TypeScript: the runs of each row, joined with those of the row above that touch
 * them; a component is numbered by its first run, which is by its first pixel in the order of rows.
 *
 * @layer logic
 * @module
 */
import type { Image, Labels, Mask } from "../../Image.ts"
import type { Connectivity, Labelled, LabelledRuns, Runs } from "./ops.ts"

/** The runs of values above a threshold; none has a label yet. */
const runsAbove = ({ data, height, width }: Image, threshold: number): Runs => {
  const rows = new Uint32Array(height + 1)
  const starts: Array<number> = []
  const ends: Array<number> = []
  for (let y = 0; y < height; y++) {
    rows[y] = starts.length
    for (let x = 0; x < width; x++) {
      const inside = data[y * width + x] > threshold
      const before = x > 0 && data[y * width + x - 1] > threshold
      if (inside && !before) starts.push(x)
      if (!inside && before) ends.push(x)
    }
    if (ends.length < starts.length) ends.push(width)
  }
  rows[height] = starts.length
  return {
    rows,
    starts: Uint16Array.from(starts),
    ends: Uint16Array.from(ends),
    labels: new Uint32Array(starts.length),
  }
}

/** The first run of the set that a run belongs to. */
const rootOf = (parents: Uint32Array, run: number): number => {
  let root = run
  while (parents[root] !== root) {
    parents[root] = parents[parents[root]]
    root = parents[root]
  }
  return root
}

/** The runs of values above a threshold, numbered by component. */
export const labelRuns = (image: Image, threshold: number, connectivity: Connectivity): LabelledRuns => {
  const { ends, rows, starts } = runsAbove(image, threshold)
  const reach = connectivity === 8 ? 1 : 0
  const parents = Uint32Array.from(starts, (_, run) => run)
  for (let y = 1; y < image.height; y++) {
    let above = rows[y - 1]
    let run = rows[y]
    while (run < rows[y + 1] && above < rows[y]) {
      if (starts[above] < ends[run] + reach && starts[run] < ends[above] + reach) {
        const [first, second] = [rootOf(parents, above), rootOf(parents, run)]
        parents[Math.max(first, second)] = Math.min(first, second)
      }
      if (ends[above] < ends[run]) above++
      else run++
    }
  }
  const labels = new Uint32Array(starts.length)
  let count = 0
  for (let run = 0; run < labels.length; run++) {
    // A parent stands before its run, so that it has its number already.
    labels[run] = parents[run] === run ? ++count : labels[parents[run]]
  }
  return { rows, starts, ends, labels, count }
}

/** The runs of a mask's background, numbered by component. */
export const backgroundRuns = ({ data, height, width }: Mask, connectivity: Connectivity): LabelledRuns =>
  labelRuns({ data: data.map((value) => (value === 0 ? 1 : 0)), width, height }, 0, connectivity)

/** Writes the labels of runs as an image. */
export const paint = (runs: Runs, width: number, height: number, into: Uint32Array | undefined): Labels => {
  const data = into ?? new Uint32Array(width * height)
  data.fill(0)
  for (let y = 0; y < height; y++) {
    for (let run = runs.rows[y]; run < runs.rows[y + 1]; run++) {
      data.fill(runs.labels[run], y * width + runs.starts[run], y * width + runs.ends[run])
    }
  }
  return { data, width, height }
}

/** The components of values above a threshold as an image. */
export const label = (
  image: Image,
  threshold: number,
  connectivity: Connectivity,
  into: Uint32Array | undefined,
): Labelled => {
  const runs = labelRuns(image, threshold, connectivity)
  return { labels: paint(runs, image.width, image.height, into), count: runs.count }
}

/** The runs of equal labels of a label image. */
export const runsOf = ({ data, height, width }: Labels): Runs => {
  const rows = new Uint32Array(height + 1)
  const starts: Array<number> = []
  const ends: Array<number> = []
  const labels: Array<number> = []
  for (let y = 0; y < height; y++) {
    rows[y] = starts.length
    for (let x = 0; x < width;) {
      const one = data[y * width + x]
      const start = x
      while (x < width && data[y * width + x] === one) x++
      if (one === 0) continue
      starts.push(start)
      ends.push(x)
      labels.push(one)
    }
  }
  rows[height] = starts.length
  return { rows, starts: Uint16Array.from(starts), ends: Uint16Array.from(ends), labels: Uint32Array.from(labels) }
}

/** The distinct labels of runs, rising, and the place of each run's label among them. */
export const indexed = ({ labels }: Runs): { readonly labels: Uint32Array; readonly objects: Uint32Array } => {
  const sorted = labels.slice().sort()
  let count = 0
  for (let index = 0; index < sorted.length; index++) {
    if (index === 0 || sorted[index] !== sorted[count - 1]) sorted[count++] = sorted[index]
  }
  const distinct = sorted.slice(0, count)
  const objects = new Uint32Array(labels.length)
  // Dense labels from 1 are their places.
  const dense = count === 0 || distinct[count - 1] === count
  const places = new Map<number, number>()
  if (!dense) for (let place = 0; place < count; place++) places.set(distinct[place], place)
  for (let run = 0; run < labels.length; run++) {
    objects[run] = dense ? labels[run] - 1 : (places.get(labels[run]) ?? 0)
  }
  return { labels: distinct, objects }
}
