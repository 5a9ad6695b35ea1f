/**
 * The objects operations on compiled kernels.
 *
 * @layer logic
 * @module
 */
import type { Image, Mask, Pixels } from "../../Image.ts"
import type { Frame, WasmFunction, WasmRuntime } from "../wasm/runtime.ts"
import { ranks } from "./flood.ts"
import { maskValue } from "./maskValue.ts"
import { light as referenceLight } from "./measure.ts"
import { type Connectivity, greyNumbers, type ObjectsOps, type Runs } from "./ops.ts"
import { peaks as referencePeaks, spaced } from "./peaks.ts"

/** Beyond this radius looking at every pixel of a square costs more than the reference, whose cost has no radius. */
const peakRadiusMaxPx = 12
/** Distinct floats that are numbered by a table; of more, all are sorted. */
const distinctMax = 32_768
const slots = 4 * distinctMax
/** Keys of more queues than this are replaced by their ranks. */
const queuesMax = 2 ** 22

/** Runs in the memory, and the largest number of them that fits. */
interface Places {
  readonly rows: number
  readonly starts: number
  readonly ends: number
  readonly labels: number
}

/** Functions by the types of pixels that are compiled for; 8 bits are widened. */
interface Typed {
  readonly uint16: WasmFunction
  readonly float32: WasmFunction
}

/** Pixels in the memory, those of 8 bits as 16, and the function for them. */
const wide = (frame: Frame, data: Pixels, functions: Typed): readonly [pointer: number, of: WasmFunction] => {
  if (data instanceof Uint8Array) {
    const pointer = frame.scratch(data.length * 2)
    frame.uint16(pointer, data.length).set(data)
    return [pointer, functions.uint16]
  }
  return [frame.input(data), data instanceof Float32Array ? functions.float32 : functions.uint16]
}

/** Runs that pictures of cells do not exceed. */
const roomFor = ({ height, width }: { readonly width: number; readonly height: number }): number =>
  Math.ceil((width * height) / 32) + 64

const places = (frame: Frame, height: number, runs: number): Places => ({
  rows: frame.scratch((height + 1) * 4),
  starts: frame.scratch(runs * 2),
  ends: frame.scratch(runs * 2),
  labels: frame.scratch(runs * 4),
})

/** The compiled operations of one thread. */
export const wasmObjects = (runtime: WasmRuntime): ObjectsOps => {
  const named = (name: string): WasmFunction => runtime.function("objects", name)
  const typed = (name: string): Typed => ({ uint16: named(`${name}U16`), float32: named(`${name}F32`) })
  const runsAbove = typed("runsAbove")
  const [maskValueU8, maskValueU16] = [named("maskValueU8"), named("maskValueU16")]
  const runsAboveU8 = named("runsAboveU8")
  const peaksOf = typed("peaks")
  const greysOfRuns = named("greysOfRuns")
  const pairSumsOf = typed("pairSums")
  const lightOf = typed("light")
  const rangeOfPixels = typed("range")
  const distinct = named("distinct")
  const translate = named("translate")
  const joinRuns = named("joinRuns")
  const paintRuns = named("paintRuns")
  const runsOfLabels = named("runsOfLabels")
  const borderCodes = named("borderCodes")
  const distances = named("distances")
  const floodKeys = named("flood")
  const gatherMarkers = named("gatherMarkers")
  const mirrorKeys = named("mirrorKeys")

  const runsOn = (
    frame: Frame,
    { data, height, width }: Image,
    threshold: number,
    connectivity: Connectivity,
    options: { readonly inverse?: boolean; readonly greys?: number; readonly room?: number } = {},
  ) => {
    const source = frame.input(data)
    const at = places(frame, height, height * Math.ceil(width / 2))
    const { greys = 0, inverse = false, room = 0 } = options
    const runs =
      data instanceof Uint8Array
        ? runsAboveU8(source, width, height, threshold, at.rows, at.starts, at.ends, inverse ? 1 : 0)
        : runsAbove[data instanceof Float32Array ? "float32" : "uint16"](
            source,
            width,
            height,
            threshold,
            at.rows,
            at.starts,
            at.ends,
            greys,
            room,
          )
    const count = joinRuns(height, at.rows, at.starts, at.ends, at.labels, connectivity === 8 ? 1 : 0)
    return { at, runs, count }
  }
  const taken = (frame: Frame, at: Places, height: number, runs: number): Runs => ({
    rows: frame.uint32(at.rows, height + 1).slice(),
    starts: frame.uint16(at.starts, runs).slice(),
    ends: frame.uint16(at.ends, runs).slice(),
    labels: frame.uint32(at.labels, runs).slice(),
  })
  const given = (frame: Frame, runs: Runs): Places => ({
    rows: frame.input(runs.rows),
    starts: frame.input(runs.starts),
    ends: frame.input(runs.ends),
    labels: frame.input(runs.labels),
  })
  const greysOn = (frame: Frame, { data, height, width }: Image, runs: Runs): Float64Array => {
    const [source] = wide(frame, data, lightOf)
    const at = given(frame, runs)
    const length = runs.starts.length * greyNumbers
    const out = frame.scratch(length * 8)
    greysOfRuns(source, width, height, data instanceof Float32Array ? 1 : 0, at.rows, at.starts, at.ends, out)
    return frame.float64(out, length).slice()
  }
  /** Runs of a mask by component; without one the whole picture is one. */
  const componentsOn = (
    frame: Frame,
    mask: Mask | undefined,
    { height, width }: { readonly width: number; readonly height: number },
    connectivity: Connectivity,
  ): { readonly at: Places; readonly count: number } => {
    if (mask !== undefined) return runsOn(frame, mask, 0, connectivity)
    const rows = Uint32Array.from({ length: height + 1 }, (_, row) => row)
    const ends = new Uint16Array(height).fill(width)
    const runs = { rows, starts: new Uint16Array(height), ends, labels: new Uint32Array(height).fill(1) }
    return { at: given(frame, runs), count: 1 }
  }
  const floodOn = (
    frame: Frame,
    keys: number,
    queues: number,
    markers: number,
    labels: number,
    mask: Mask | undefined,
    size: { readonly width: number; readonly height: number },
    connectivity: Connectivity,
  ): void => {
    const { height, width } = size
    const sizes: Array<number> = []
    for (let words = queues; sizes.at(-1) !== 1;) {
      words = Math.ceil(words / 64)
      sizes.push(words)
    }
    const heads = frame.scratch(queues * 4)
    const tails = frame.scratch(queues * 4)
    const nexts = frame.scratch(width * height * 4)
    const bits = frame.scratch(sizes.reduce((sum, words) => sum + words, 0) * 8)
    const sizesAt = frame.input(Uint32Array.from(sizes))
    const { at, count } = componentsOn(frame, mask, size, connectivity)
    const offsets = frame.scratch((count + 2) * 4)
    const list = frame.scratch(width * height * 4)
    gatherMarkers(markers, width, height, at.rows, at.starts, at.ends, at.labels, count, offsets, list)
    floodKeys(
      keys,
      markers,
      labels,
      mask === undefined ? 0 : frame.input(mask.data),
      width,
      height,
      connectivity === 8 ? 1 : 0,
      queues,
      heads,
      tails,
      nexts,
      bits,
      sizesAt,
      sizes.length,
      count,
      offsets,
      list,
    )
  }
  /** For each float within a mask its place among the distinct values, rising; gives how many there are. */
  const rankOn = (frame: Frame, data: Float32Array, mask: Mask | undefined, maskAt: number, keys: number): number => {
    const size = data.length
    const values = frame.scratch(distinctMax * 4)
    const table = frame.scratch(slots * 4)
    const count = distinct(frame.input(data), maskAt, size, table, slots, distinctMax, values, keys)
    if (count > distinctMax) {
      const ranked = ranks(data, mask?.data)
      frame.uint32(keys, size).set(ranked.keys)
      return ranked.count
    }
    const found = frame.float32(values, count)
    const order = Uint32Array.from(found, (_, number) => number).sort(
      (left, right) => (found[left] ?? 0) - (found[right] ?? 0),
    )
    const places = new Uint32Array(count)
    for (let place = 0; place < count; place++) places[order[place] ?? 0] = place
    translate(keys, maskAt, size, frame.input(places))
    return Math.max(1, count)
  }
  const scratchOfDistances = (frame: Frame, width: number, height: number) => ({
    columns: frame.scratch(width * height * 2),
    work: frame.scratch(8192 + width * 8),
  })

  return {
    maskValue: (data) =>
      data instanceof Float32Array
        ? maskValue(data)
        : runtime.frame("mask", (frame) => {
            const find = data instanceof Uint8Array ? maskValueU8 : maskValueU16
            const value = find(frame.input(data), data.length, frame.scratch(32))
            return value < 0 ? undefined : value
          }),
    labelRuns: (image, threshold, connectivity, withGreys = false) =>
      runtime.frame("label", (frame) => {
        // Grey values of so many runs are taken while their rows are at hand; of more, afterwards.
        const room = withGreys && !(image.data instanceof Uint8Array) ? roomFor(image) : 0
        const greys = room > 0 ? frame.scratch(room * greyNumbers * 8) : 0
        const { at, count, runs } = runsOn(frame, image, threshold, connectivity, { greys, room })
        const result = { ...taken(frame, at, image.height, runs), count }
        if (!withGreys) return result
        return {
          ...result,
          greys: runs <= room ? frame.float64(greys, runs * greyNumbers).slice() : greysOn(frame, image, result),
        }
      }),

    backgroundRuns: (mask, connectivity) =>
      runtime.frame("fill_holes", (frame) => {
        const { at, count, runs } = runsOn(frame, mask, 0, connectivity, { inverse: true })
        return { ...taken(frame, at, mask.height, runs), count }
      }),

    label: (image, threshold, connectivity, into) =>
      runtime.frame("label", (frame) => {
        const { height, width } = image
        const { at, count } = runsOn(frame, image, threshold, connectivity)
        const out = frame.output("uint32", width * height, into)
        paintRuns(width, height, at.rows, at.starts, at.ends, at.labels, out.pointer)
        return { labels: { data: out.take(), width, height }, count }
      }),

    paint: (runs, width, height, into) =>
      runtime.frame("label", (frame) => {
        const at = given(frame, runs)
        const out = frame.output("uint32", width * height, into)
        paintRuns(width, height, at.rows, at.starts, at.ends, at.labels, out.pointer)
        return { data: out.take(), width, height }
      }),

    runsOf: ({ data, height, width }) =>
      runtime.frame("region_properties", (frame) => {
        const source = frame.input(data)
        // Room for what pictures of cells have; more is rare, and is counted first.
        let room = roomFor({ width, height })
        let at = places(frame, height, room)
        const fill = (): number => runsOfLabels(source, width, height, at.rows, at.starts, at.ends, at.labels, room)
        const runs = fill()
        if (runs > room) {
          room = runs
          at = places(frame, height, room)
          fill()
        }
        return taken(frame, at, height, runs)
      }),

    borderCodes: ({ data, height, width }, runs, objects, count) =>
      runtime.frame("region_properties", (frame) => {
        const source = frame.input(data)
        const at = given(frame, runs)
        const objectsAt = frame.input(objects)
        const counts = frame.scratch(count * 12)
        frame.uint32(counts, count * 3).fill(0)
        borderCodes(source, width, height, at.rows, at.starts, at.ends, objectsAt, counts)
        return frame.uint32(counts, count * 3).slice()
      }),

    greys: (image, runs) => runtime.frame("region_properties", (frame) => greysOn(frame, image, runs)),

    rangeOf: ({ data }) =>
      runtime.frame("range", (frame) => {
        const [source, range] = wide(frame, data, rangeOfPixels)
        const out = frame.scratch(32)
        range(source, data.length, out)
        const [least = 0, most = 0] = frame.float64(out, 2)
        return { least, most }
      }),

    distance: ({ data, height, width }, into) =>
      runtime.frame("distance_transform", (frame) => {
        const source = frame.input(data)
        const { columns, work } = scratchOfDistances(frame, width, height)
        const out = frame.output("float32", width * height, into)
        distances(source, width, height, columns, work, out.pointer, 0)
        return { data: out.take(), width, height }
      }),

    split: (mask, separationPx) =>
      runtime.frame("count_cells", (frame) => {
        const { height, width } = mask
        const size = width * height
        const source = frame.input(mask.data)
        const { columns, work } = scratchOfDistances(frame, width, height)
        const squares = frame.scratch(size * 4)
        distances(source, width, height, columns, work, squares, 1)
        const labels = frame.output("uint32", size)
        const list = frame.scratch(size * 4)
        const values = { data: frame.uint32(squares, size), width, height }
        // Without background there is no distance, hence nothing to split by.
        if (values.data[0] === 0xffff_ffff) {
          frame.uint32(labels.pointer, size).fill(1)
          return { labels: { data: labels.take(), width, height }, count: 1 }
        }
        const found =
          separationPx > peakRadiusMaxPx
            ? referencePeaks(values, separationPx, 0)
            : // The bits of a float grow with its value: whole numbers compare as the floats of the same bits.
              frame.uint32(list, peaksOf.float32(squares, width, height, separationPx, 0, list)).slice()
        const most = found.reduce((largest, place) => Math.max(largest, values.data[place]), 0)
        const markers = spaced(found, values, separationPx)
        const markersAt = frame.scratch(size * 4)
        const start = frame.uint32(markersAt, size).fill(0)
        for (const [index, place] of markers.entries()) start[place] = index + 1
        mirrorKeys(squares, size, most)
        let queues = most + 1
        if (queues > queuesMax) {
          const { count, keys } = ranks(frame.uint32(squares, size).slice())
          frame.uint32(squares, size).set(keys)
          queues = count
        }
        floodOn(frame, squares, queues, markersAt, labels.pointer, mask, mask, 4)
        return { labels: { data: labels.take(), width, height }, count: markers.length }
      }),

    peaks: (image, radiusPx, threshold) =>
      radiusPx > peakRadiusMaxPx
        ? referencePeaks(image, radiusPx, threshold)
        : runtime.frame("local_maxima", (frame) => {
            const { data, height, width } = image
            const [source, maxima] = wide(frame, data, peaksOf)
            const list = frame.scratch(width * height * 4)
            const count = maxima(source, width, height, radiusPx, threshold, list)
            return frame.uint32(list, count).slice()
          }),

    flood: (image, markers, mask, connectivity, into) =>
      runtime.frame("watershed", (frame) => {
        const { data, height, width } = image
        const size = width * height
        const keys = frame.scratch(size * 4)
        const out = frame.output("uint32", size, into)
        const maskAt = mask === undefined ? 0 : frame.input(mask.data)
        let queues = data.BYTES_PER_ELEMENT === 1 ? 256 : 65_536
        if (data instanceof Float32Array) {
          queues = rankOn(frame, data, mask, maskAt, keys)
        } else frame.uint32(keys, size).set(data)
        // The result may go where the markers stand.
        const [from, to] = [markers.data.byteOffset, into?.byteOffset ?? 0]
        const apart = into === undefined || from + size * 4 <= to || to + size * 4 <= from
        const markersAt = apart ? frame.input(markers.data) : frame.scratch(size * 4)
        if (!apart) frame.uint32(markersAt, size).set(markers.data)
        floodOn(frame, keys, queues, markersAt, out.pointer, mask, image, connectivity)
        return { data: out.take(), width, height }
      }),

    pairSums: (a, b, mask) =>
      runtime.frame("colocalization", (frame) => {
        const first = mask === undefined ? 0 : mask.data.findIndex((value) => value !== 0)
        if (first < 0) return { pixels: 0, squaresA: 0, squaresB: 0, products: 0 }
        const [aAt, sums] = wide(frame, a.data, pairSumsOf)
        const [bAt] = wide(frame, b.data, pairSumsOf)
        const maskAt = mask === undefined ? 0 : frame.input(mask.data)
        const out = frame.scratch(32)
        sums(aAt, bAt, maskAt, a.data.length, first, out)
        const [pixels = 0, squaresA = 0, squaresB = 0, products = 0] = frame.float64(out, 4)
        return { pixels, squaresA, squaresB, products }
      }),

    light: (a, b, mask, aboveA, aboveB) =>
      // Whole numbers without a sign cannot be compared with -1.
      !(a.data instanceof Float32Array) && Math.min(aboveA, aboveB) < 0
        ? referenceLight(a, b, mask, aboveA, aboveB)
        : runtime.frame("colocalization", (frame) => {
            const [aAt, lit] = wide(frame, a.data, lightOf)
            const [bAt] = wide(frame, b.data, lightOf)
            const maskAt = mask === undefined ? 0 : frame.input(mask.data)
            const out = frame.scratch(48)
            lit(aAt, bAt, maskAt, a.data.length, aboveA, aboveB, out)
            const [pixelsA = 0, sumA = 0, commonA = 0, pixelsB = 0, sumB = 0, commonB = 0] = frame.float64(out, 6)
            return { pixelsA, sumA, commonA, pixelsB, sumB, commonB }
          }),
  }
}
