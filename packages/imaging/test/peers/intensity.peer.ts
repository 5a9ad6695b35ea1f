import { afterAll, describe, expect, it } from "vitest"
import { bestFocus } from "../../src/BestFocus.ts"
import { binning } from "../../src/Binning.ts"
import { clahe } from "../../src/Clahe.ts"
import { composite } from "../../src/Composite.ts"
import { focusMeasures } from "../../src/FocusMeasures.ts"
import { dtypeOf, type Image, type Pixels, rangeMaxOf, type Stack } from "../../src/Image.ts"
import { maximumProjection } from "../../src/MaximumProjection.ts"
import { meanProjection } from "../../src/MeanProjection.ts"
import { percentileNormalizeStack } from "../../src/PercentileNormalize.ts"
import { saturationMeasures } from "../../src/SaturationMeasures.ts"
import { pixelDtypes } from "../../src/Signature.ts"
import {
  thresholdAdaptive,
  thresholdLi,
  thresholdMultiOtsu,
  thresholdOtsu,
  thresholdTriangle,
} from "../../src/Threshold.ts"
import { backends } from "../backends.ts"
import { between, uniform } from "../random.ts"
import { anyScene, scene } from "../scenes.ts"
import { openPeer, type PeerArray } from "./Peer.ts"

const scenes = 200
const peer = openPeer("intensity")
afterAll(() => peer.end())

const dtypeAt = (seed: number) => pixelDtypes[seed % 3] ?? "uint16"

/** A scene of any kind, type and size; every fifth within a few grey values, where ties are. */
const imageAt = (seed: number): Image => {
  const image: Image = anyScene(dtypeAt(seed), seed, 72)
  if (seed % 5 !== 0 || image.data instanceof Float32Array) return image
  return { ...image, data: image.data.map((value) => 40 + (value % 23)) }
}

const stackAt = (seed: number, planes: number): Stack => {
  const next = uniform(seed)
  const [width, height] = [between(next, 1, 40), between(next, 1, 40)]
  const kind = seed % 2 === 0 ? "cells" : "noise"
  const { data } = scene(kind, dtypeAt(seed), width, height * planes, seed)
  return { data, width, height, planes }
}

const asPeer = ({ data, height, planes, width }: Image & { readonly planes?: number }): PeerArray => ({
  // Pixels are never 32-bit whole numbers.
  dtype: dtypeOf(data) as "uint8" | "uint16" | "float32",
  shape: planes === undefined ? [height, width] : [planes, height, width],
  data,
})

const seeds = Array.from({ length: scenes }, (_, seed) => seed)
const same = (ours: Pixels, theirs: PeerArray | undefined, seed: number) =>
  expect(Buffer.compare(bytesOf(ours), bytesOf(theirs?.data ?? new Uint8Array())), `scene ${seed}`).toBe(0)
const bytesOf = ({ buffer, byteLength, byteOffset }: ArrayBufferView): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength)

describe.each(backends)("%s and NumPy, SciPy, scikit-image", (_name, backend) => {
  const options = { backend }

  it(`give the same maximum and mean projections of ${scenes} scenes`, async () => {
    for (const seed of seeds) {
      const stack = stackAt(seed, 1 + (seed % 5))
      const maximum = await peer.ask("maximum_projection", [asPeer(stack)])
      same(maximumProjection(stack, {}, options).data, maximum.arrays[0], seed)
      const mean = await peer.ask("mean_projection", [asPeer(stack)])
      same(meanProjection(stack, {}, options).data, mean.arrays[0], seed)
    }
  })

  it(`give the same percentiles and normalised stacks of ${scenes} scenes`, async () => {
    for (const seed of seeds) {
      const next = uniform(seed + 5)
      const stack = stackAt(seed, 1 + (seed % 4))
      const range = rangeMaxOf(dtypeOf(stack.data))
      const parameters = {
        lowPercentile: seed % 4 === 0 ? 1 : next() * 40,
        highPercentile: seed % 4 === 0 ? 99 : 60 + next() * 40,
        targetMin: seed % 3 === 0 ? 0 : (range / 8) * next(),
        targetMax: seed % 3 === 0 ? range : (range / 2) * (1 + next()),
      }
      const { lowPercentile: low, highPercentile: high, targetMax: largest, targetMin: least } = parameters
      const { arrays, value } = await peer.ask("percentile_normalize", [asPeer(stack)], { low, high, least, largest })
      const { data, percentiles } = percentileNormalizeStack(stack, parameters, options)
      expect([percentiles.low, percentiles.high], `scene ${seed}`).toEqual(value)
      same(data, arrays[0], seed)
    }
  })

  it(`give the same composites of ${scenes} scenes`, async () => {
    for (const seed of seeds) {
      const next = uniform(seed + 9)
      const planes = 1 + (seed % 5)
      const stack = stackAt(seed, planes)
      const weights = Array.from({ length: planes }, () => (seed % 2 === 0 ? between(next, 1, 4) : next() + 0.01))
      const { arrays } = await peer.ask("composite", [asPeer(stack)], { weights })
      same(composite(stack, { weights }, options).data, arrays[0], seed)
    }
  })

  it(`give the same binned pictures of ${scenes} scenes`, async () => {
    const methods = ["mean", "sum", "maximum"] as const
    for (const seed of seeds) {
      const image = imageAt(seed)
      const factor = 1 + (Math.floor(seed / 9) % 7)
      const method = methods[Math.floor(seed / 3) % 3] ?? "mean"
      const { arrays } = await peer.ask("binning", [asPeer(image)], { factor, method })
      const ours = binning(image, { factor, method }, options).data
      if (!(ours instanceof Float32Array)) same(ours, arrays[0], seed)
      // NumPy adds floats in another order: the last of 53 bits, seen in the last of 24 at most.
      else
        for (const [index, value] of Array.from(arrays[0]?.data ?? [], Number).entries()) {
          expect(Math.abs((ours[index] ?? 0) - value), `scene ${seed}`).toBeLessThanOrEqual(Math.abs(value) * 1.2e-7)
        }
    }
  })

  it(`give the same thresholds of Otsu and triangle for ${scenes} scenes, and of Li within rounding`, async () => {
    for (const seed of seeds) {
      const image = imageAt(seed)
      const isConstant = image.data.every((value) => value === image.data[0])
      const otsu = thresholdOtsu(image, {}, options)
      expect(otsu.threshold, `scene ${seed}`).toBe((await peer.ask("otsu", [asPeer(image)])).value)
      expect(otsu.data).toEqual(Uint8Array.from(image.data, (value) => (value > otsu.threshold ? 1 : 0)))
      // scikit-image has no triangle of a constant picture.
      if (!isConstant) {
        const { value } = await peer.ask("triangle", [asPeer(image)])
        expect(thresholdTriangle(image, {}, options).threshold, `scene ${seed}`).toBe(value)
      }
      const li = Number((await peer.ask("li", [asPeer(image)])).value)
      const within = image.data instanceof Float32Array ? 1e-3 : 1e-9 * Math.max(1, li)
      expect(Math.abs(thresholdLi(image, {}, options).threshold - li), `scene ${seed}`).toBeLessThanOrEqual(within)
    }
  })

  it(`give the same thresholds of Otsu for 2 to 5 classes of ${scenes} scenes`, async () => {
    for (let seed = 0, done = 0; done < scenes; seed++) {
      const image = imageAt(seed)
      // All combinations are many for the peer: the more classes, the fewer values it gets.
      const type = seed % 3
      const classes = 2 + (Math.floor(seed / 3) % (type === 2 ? 3 : 4))
      const shift = (type === 0 ? [0, 0, 0, 2] : [4, 5, 8, 10])[classes - 2] ?? 0
      const data = image.data instanceof Float32Array ? image.data : image.data.map((value) => value >> shift)
      if (new Set(data).size <= classes) continue
      done++
      const { value } = await peer.ask("multi_otsu", [asPeer({ ...image, data })], { classes })
      expect(thresholdMultiOtsu({ ...image, data }, { classes }, options).thresholds, `scene ${seed}`).toEqual(value)
    }
  })

  it(`give the same adaptive masks of ${scenes} scenes, but where a pixel is at its threshold`, async () => {
    for (const seed of seeds) {
      const image = imageAt(seed)
      const block = 3 + 2 * (seed % 20)
      const method = Math.floor(seed / 3) % 2 === 0 ? "mean" : "gaussian"
      const offset = seed % 7 === 0 ? -rangeMaxOf(dtypeOf(image.data)) / 50 : 0
      const { arrays } = await peer.ask("adaptive", [asPeer(image)], { block, method, offset })
      const ours = thresholdAdaptive(image, { blockSizePx: block, method, offset }, options).data
      const [theirs, limits] = [arrays[0]?.data ?? [], arrays[1]?.data ?? []]
      // As the signature's source says.
      const near = image.data instanceof Float32Array ? 1e-5 * rangeMaxOf("float32") : 1e-9
      for (let index = 0; index < ours.length; index++) {
        if (Math.abs((image.data[index] ?? 0) - Number(limits[index])) <= near) continue
        if (ours[index] !== theirs[index]) expect.fail(`scene ${seed}, pixel ${index}`)
      }
    }
  })

  it(`give the same pictures of CLAHE of ${scenes} scenes`, async () => {
    for (let seed = 0, done = 0; done < scenes; seed++) {
      const image = imageAt(seed)
      if (image.data.every((value) => value === image.data[0])) continue
      done++
      const next = uniform(seed)
      const own = seed % 2 === 0
      const kernel = own
        ? [between(next, 1, image.height), between(next, 1, image.width)]
        : [Math.max(1, Math.floor(image.height / 8)), Math.max(1, Math.floor(image.width / 8))]
      const [regionHeightPx, regionWidthPx] = own ? kernel : []
      const clipLimit = [0.01, 0.03, 0, 0.5][seed % 4] ?? 0.01
      const bins = seed % 3 === 0 ? 64 : 256
      const { arrays } = await peer.ask("clahe", [asPeer(image)], { kernel, clip: clipLimit, bins })
      same(clahe(image, { regionHeightPx, regionWidthPx, clipLimit, bins }, options).data, arrays[0], seed)
    }
  })

  it(`give the same measures of focus and saturation of ${scenes} scenes`, async () => {
    for (const seed of seeds) {
      const stack = stackAt(seed, 1 + (seed % 3))
      const focus = await peer.ask("focus", [asPeer(stack)])
      const theirs = focus.value as ReadonlyArray<ReadonlyArray<number>>
      for (const row of focusMeasures(stack, {}, options)) {
        const ours = [row.laplacianVariance, row.tenengrad, row.brenner, row.normalizedVariance]
        for (const [column, value] of ours.entries()) {
          const expected = theirs[row.plane]?.[column] ?? Number.NaN
          expect(Math.abs(value - expected), `scene ${seed}`).toBeLessThanOrEqual(1e-12 * Math.max(1, expected))
        }
      }
      const range = rangeMaxOf(dtypeOf(stack.data))
      const [bottom, top] = [Math.fround(range / 8), Math.fround(range / 3)]
      const { value } = await peer.ask("saturation", [asPeer(stack)], { bottom, top })
      expect(saturationMeasures(stack, { bottom, top }, options).map((row) => [row.atTop, row.atBottom])).toEqual(value)
    }
  })

  it(`take the same pixels for best focus in ${scenes} scenes of whole numbers`, async () => {
    for (const seed of seeds) {
      // Sums of floats depend on their order, and ties with them.
      const stack = stackAt(seed % 3 === 2 ? seed + 1 : seed, 1 + (seed % 4))
      const window = 1 + 2 * (seed % 6)
      const { arrays } = await peer.ask("sharpest", [asPeer(stack)], { window })
      same(bestFocus(stack, { method: "pixel", windowPx: window }, options).data, arrays[0], seed)
    }
  })
})
