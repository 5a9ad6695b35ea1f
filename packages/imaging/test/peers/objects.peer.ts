import { afterAll, describe, expect, it } from "vitest"
import { colocalization, objectOverlap } from "../../src/Colocalization.ts"
import { countCells } from "../../src/CountCells.ts"
import { distanceTransform } from "../../src/DistanceTransform.ts"
import { dtypeOf, type Image, type Pixels } from "../../src/Image.ts"
import { label } from "../../src/Label.ts"
import { localMaxima } from "../../src/LocalMaxima.ts"
import { clearBorder, fillHoles, removeSmallObjects } from "../../src/ObjectFilters.ts"
import { regionProperties } from "../../src/RegionProperties.ts"
import { watershed } from "../../src/Watershed.ts"
import { backends } from "../backends.ts"
import { anyLabels, anyMarkers, anyMask, sceneOf } from "../objectScenes.ts"
import { between, uniform } from "../random.ts"
import { anyScene } from "../scenes.ts"
import { openPeer, type PeerArray } from "./Peer.ts"

const scenes = 200
const peer = openPeer("objects")
afterAll(() => peer.end())

const sent = ({ data, height, width }: Image<Pixels | Uint32Array>): PeerArray => ({
  dtype: dtypeOf(data),
  shape: [height, width],
  data,
})
const dtypes = ["uint8", "uint16", "float32"] as const
const dtypeFor = (seed: number): (typeof dtypes)[number] => dtypes[seed % 3] ?? "uint8"
const connectivityFor = (seed: number): "4" | "8" => (seed % 2 === 0 ? "4" : "8")

describe.each(backends)("%s and scikit-image", (_name, backend) => {
  it(`give the same labels of ${scenes} masks`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const mask = anyMask(seed, 90)
      const parameters = { connectivity: connectivityFor(seed) }
      const { arrays, value } = await peer.ask("label", [sent(mask)], parameters)
      const { count, labels } = label(mask, parameters, { backend })
      expect(labels.data).toEqual(arrays[0]?.data)
      expect(count).toBe(value)
    }
  })

  it(`give the same distances in ${scenes} masks`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const mask = anyMask(seed, seed % 10 === 0 ? 300 : 90)
      if (mask.data.every((one) => one === 1)) mask.data[0] = 0
      const { arrays } = await peer.ask("distance_transform", [sent(mask)])
      expect(distanceTransform(mask, {}, { backend }).data).toEqual(arrays[0]?.data)
    }
  })

  it(`give the same maxima of ${scenes} images, half of them by object`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const next = uniform(seed)
      const image = anyScene(dtypeFor(seed), seed, 48)
      const labels = seed % 2 === 0 ? undefined : { ...image, data: anyLabels(seed, 48).data }
      const parameters = { minimumDistancePx: between(next, 1, 16), borderPx: between(next, 0, 3) }
      const { arrays } = await peer.ask(
        "local_maxima",
        labels === undefined ? [sent(image)] : [sent(image), sent(labels)],
        parameters,
      )
      const { table } = localMaxima(image, labels, parameters, { backend })
      const found = Array.from(table.columns.y_px, (y, row) => [y, table.columns.x_px[row]]).flat()
      expect(found).toEqual(Array.from(arrays[0]?.data ?? [], Number))
    }
  })

  it(`flood ${scenes} images the same where no two markers have one value`, async () => {
    for (let seed = 0, done = 0; done < scenes; seed++) {
      const image = sceneOf(dtypeFor(seed), 40 + (seed % 17), 30 + (seed % 13), seed)
      const markers = anyMarkers(image, seed)
      const values = Array.from(image.data).filter((_, index) => markers.data[index] !== 0)
      if (new Set(values).size < values.length) continue
      done++
      const mask = seed % 3 === 0 ? undefined : { ...image, data: anyMaskLike(image, seed) }
      const parameters = { connectivity: connectivityFor(seed) }
      const inputs = mask === undefined ? [sent(image), sent(markers)] : [sent(image), sent(markers), sent(mask)]
      const { arrays } = await peer.ask("watershed", inputs, parameters)
      expect(watershed(image, markers, mask, parameters, { backend }).data).toEqual(arrays[0]?.data)
    }
  })

  it(`flood ${scenes} images in the order of value, age and rows`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const image = sceneOf(dtypeFor(seed), 20 + (seed % 17), 20 + (seed % 13), seed)
      const markers = anyMarkers(image, seed)
      const mask = seed % 3 === 0 ? undefined : { ...image, data: anyMaskLike(image, seed) }
      const parameters = { connectivity: connectivityFor(seed) }
      const inputs = mask === undefined ? [sent(image), sent(markers)] : [sent(image), sent(markers), sent(mask)]
      const { arrays } = await peer.ask("watershed_by_age", inputs, parameters)
      expect(watershed(image, markers, mask, parameters, { backend }).data).toEqual(arrays[0]?.data)
    }
  })

  it(`give the same numbers of regions in ${scenes} label images`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const labels = seed % 2 === 0 ? label(anyMask(seed, 40)).labels : anyLabels(seed, 40)
      const image = sceneOf(dtypeFor(seed), labels.width, labels.height, seed + 1)
      const { value } = await peer.ask("region_properties", [sent(labels), sent(image)])
      const rows = value as ReadonlyArray<Readonly<Record<string, number | null>>>
      const { columns, rows: count } = regionProperties(labels, image, {}, { backend })
      expect(count).toBe(rows.length)
      for (const [row, expected] of rows.entries()) {
        for (const [name, number] of Object.entries(expected)) {
          const ours = columns[name as keyof typeof columns][row] ?? 0
          expectNear(name, ours, number ?? Number.NaN, expected)
        }
      }
    }
  })

  it(`remove the same small objects, holes and objects at the border in ${scenes} scenes`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const mask = anyMask(seed, 50)
      const { labels } = label(mask, { connectivity: "8" })
      const small = { areaMinPx: seed % 40, connectivity: connectivityFor(seed) }
      const holes = { connectivity: connectivityFor(seed) }
      const border = { borderPx: 1 + (seed % 3) }
      const masked = await peer.ask("remove_small_objects", [sent(mask)], small)
      expect(removeSmallObjects(mask, small, { backend }).data).toEqual(masked.arrays[0]?.data)
      const labelled = await peer.ask("remove_small_objects", [sent(labels)], small)
      expect(removeSmallObjects(labels, small, { backend }).data).toEqual(labelled.arrays[0]?.data)
      const filled = await peer.ask("fill_holes", [sent(mask)], holes)
      expect(fillHoles(mask, holes, { backend }).data).toEqual(filled.arrays[0]?.data)
      const cleared = await peer.ask("clear_border", [sent(mask)], border)
      expect(clearBorder(mask, border, { backend }).data).toEqual(cleared.arrays[0]?.data)
      const clearedLabels = await peer.ask("clear_border", [sent(labels)], border)
      expect(clearBorder(labels, border, { backend }).data).toEqual(clearedLabels.arrays[0]?.data)
    }
  })

  it(`count the same cells in ${scenes} images, by both methods`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const image = sceneOf(dtypeFor(seed), 40 + (seed % 29), 40 + (seed % 23), seed)
      const method = seed % 4 < 2 ? ("threshold" as const) : ("watershed" as const)
      const parameters = { method, peakDistancePx: 3 + (seed % 4), areaMinPx: 4, areaMaxPx: 400 }
      const { arrays, value } = await peer.ask("count_cells", [sent(image)], parameters)
      const peakDistancePx = method === "watershed" ? parameters.peakDistancePx : undefined
      const { labels, table } = countCells(image, { ...parameters, peakDistancePx }, { backend })
      expect(labels.data).toEqual(arrays[0]?.data)
      const { area_px, centroid_x_px, centroid_y_px, intensity_mean } = table.columns
      for (const [row, [area, y, x, mean]] of (value as ReadonlyArray<readonly number[]>).entries()) {
        expect(area_px[row]).toBe(area)
        expect(centroid_y_px[row]).toBeCloseTo(y ?? 0, 9)
        expect(centroid_x_px[row]).toBeCloseTo(x ?? 0, 9)
        expect(intensity_mean[row]).toBeCloseTo(mean ?? 0, 8)
      }
    }
  })

  it(`take the same thresholds of ${scenes} images: exactly that of Otsu, and that of Li within rounding`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const dtype = dtypeFor(seed)
      const image = sceneOf(dtype, 50, 40, seed)
      const { value } = await peer.ask("thresholds", [sent(image)])
      const [otsu, li] = value as readonly [number, number]
      const ours = countCells(image, { threshold: "otsu" }, { backend }).threshold
      const oursLi = countCells(image, { threshold: "li" }, { backend }).threshold
      expect(ours).toBe(otsu)
      // Floats are summed in 32 bits there.
      expect(Math.abs(oursLi - li)).toBeLessThanOrEqual(dtype === "float32" ? 0.001 : 1e-9 * Math.abs(li))
    }
  })

  it(`give the same correlation, fractions and overlaps of ${scenes} pairs`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const a = sceneOf(dtypeFor(seed), 40, 30, seed)
      const b = sceneOf(dtypeFor(seed), 40, 30, seed + 1)
      for (const [index, value] of a.data.entries())
        if (seed % 2 === 0) b.data[index] = ((b.data[index] ?? 0) + value) / 2
      const mask = seed % 3 === 0 ? undefined : { ...a, data: anyMaskLike(a, seed) }
      const half = dtypeOf(a.data) === "float32" ? 0.4 : dtypeOf(a.data) === "uint8" ? 90 : 22_000
      const thresholds = { thresholdA: half, thresholdB: half / 2 }
      const inputs = mask === undefined ? [sent(a), sent(b)] : [sent(a), sent(b), sent(mask)]
      const { value } = await peer.ask("colocalization", inputs, thresholds)
      const { columns } = colocalization(a, b, mask, { thresholds: "manual", ...thresholds }, { backend })
      const ours = [columns.pearson[0], columns.manders_m1[0], columns.manders_m2[0]]
      for (const [index, expected] of (value as ReadonlyArray<number | null>).entries()) {
        if (expected === null) expect(ours[index]).toBeNaN()
        else if (!Number.isNaN(ours[index] ?? 0)) expect(Math.abs((ours[index] ?? 0) - expected)).toBeLessThan(1e-9)
        // NumPy correlates a channel of one value with what rounding leaves of it.
        else expect(columns.pearson_reason[0]).toContain("one value")
      }
      const [labelsA, labelsB] = [anyLabels(seed, 40), anyLabels(seed, 40)]
      labelsB.data.reverse()
      const overlaps = await peer.ask("object_overlap", [sent(labelsA), sent(labelsB)])
      const table = objectOverlap(labelsA, labelsB, {}, { backend }).columns
      const rows = Array.from(table.label, (one, row) => [
        one,
        table.area_px[row],
        table.overlap_px[row],
        table.partner_label[row],
        table.partner_overlap_px[row],
        Number.isNaN(table.partner_jaccard[row]) ? null : table.partner_jaccard[row],
      ])
      expect(rows).toEqual(overlaps.value)
    }
  })
})

const anyMaskLike = ({ data }: Image, seed: number): Uint8Array => {
  const next = uniform(seed + 99)
  const level = next() * 0.4
  return Uint8Array.from(data, () => (next() > level ? 1 : 0))
}

/**
 * Equal within 1e-9 of the value, or of the sizes that cancel in it: odd moments of symmetric objects, Hu's invariants of
 * them, the eccentricity of round ones.
 */
const expectNear = (name: string, ours: number, theirs: number, row: Readonly<Record<string, number | null>>): void => {
  if (Number.isNaN(theirs)) {
    expect(ours, name).toBeNaN()
    return
  }
  const side = Math.max((row["bottom_px"] ?? 1) - (row["top_px"] ?? 0), (row["right_px"] ?? 1) - (row["left_px"] ?? 0))
  const round = (row["eccentricity"] ?? 1) < 1e-3
  if (name === "eccentricity") {
    expect(Math.abs(ours ** 2 - theirs ** 2), name).toBeLessThan(1e-9)
    return
  }
  if (name === "orientation_rad") {
    // A half turn is none; round objects have no direction.
    const turns = Math.abs(ours - theirs) / Math.PI
    if (!round) expect(Math.abs(turns - Math.round(turns)), name).toBeLessThan(1e-7)
    return
  }
  const [power = 0] =
    /(?:central|normalised)_(\d\d)/
      .exec(name)
      ?.slice(1)
      .map((one) => Number(one[0]) + Number(one[1])) ?? []
  const spread = row["moment_hu_1"] ?? 1
  const degree = [0, 1, 2, 3, 3, 6, 4, 6][Number(/hu_(\d)/.exec(name)?.[1] ?? 0)] ?? 0
  const scale = name.startsWith("moment_central")
    ? (row["area_px"] ?? 1) * side ** power
    : name.startsWith("moment_normalised")
      ? spread ** (power / 2)
      : name.startsWith("moment_hu")
        ? spread ** degree
        : Math.abs(theirs)
  // A square root: half of the digits are left where all cancels.
  const limit = name === "minor_axis_px" ? 1e-7 * side : 1e-9 * Math.max(scale, Math.abs(theirs))
  expect(Math.abs(ours - theirs), `${name} ${ours} ${theirs}`).toBeLessThanOrEqual(limit)
}
