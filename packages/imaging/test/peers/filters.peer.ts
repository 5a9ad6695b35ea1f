import { afterAll, describe, expect, it } from "vitest"
import { blobLog } from "../../src/Blobs.ts"
import { gaussian, gaussianFloat } from "../../src/Gaussian.ts"
import { type Image, rangeMaxOf } from "../../src/Image.ts"
import { overlapOf } from "../../src/internal/filters/blobs.ts"
import { differenceOfGaussians, laplacianOfGaussian } from "../../src/Laplacian.ts"
import { median } from "../../src/Median.ts"
import { pixelDtypes } from "../../src/Signature.ts"
import { backends } from "../backends.ts"
import { uniform } from "../random.ts"
import { anyScene } from "../scenes.ts"
import { openPeer, type PeerArray } from "./Peer.ts"

const scenes = 200
const peer = openPeer("filters")
afterAll(() => peer.end())

const borders = ["reflect", "nearest"] as const

const sent = ({ data, height, width }: Image, seed: number): PeerArray => ({
  dtype: pixelDtypes[seed % 3] ?? "uint16",
  shape: [height, width],
  data,
})

/** The largest difference, as part of the largest value of the input. */
const worst = (actual: ArrayLike<number>, expected: ArrayLike<number>, input: ArrayLike<number>): number => {
  let [difference, largest] = [0, 0]
  for (let index = 0; index < input.length; index++) {
    difference = Math.max(difference, Math.abs(Number(actual[index]) - Number(expected[index])))
    largest = Math.max(largest, Math.abs(Number(input[index])))
  }
  return largest === 0 ? difference : difference / largest
}

const floatsOf = (array: PeerArray | undefined): Float64Array => {
  if (!(array?.data instanceof Float64Array)) throw new Error("the peer gave no floats")
  return array.data
}

/** The scene, sigma and border of a seed. */
const caseOf = (seed: number) => {
  const next = uniform(seed + 5000)
  const image = anyScene(pixelDtypes[seed % 3] ?? "uint16", seed)
  return { image, sigma: 0.1 + next() ** 2 * 12, border: borders[seed % 2] ?? "reflect", next }
}

describe.each(backends)("%s and scikit-image", (_name, backend) => {
  it(`give the same Gaussian of ${scenes} scenes within 1e-6 of the largest value`, async () => {
    let [crossed, pixels] = [0, 0]
    for (let seed = 0; seed < scenes; seed++) {
      const { border, image, sigma } = caseOf(seed)
      const expected = floatsOf((await peer.ask("gaussian", [sent(image, seed)], { sigma, border })).arrays[0])
      const floats = gaussianFloat(image, { sigmaPx: sigma, border }, { backend })
      expect(worst(floats.data, expected, image.data)).toBeLessThan(1e-6)
      if (image.data instanceof Float32Array) continue
      const whole = gaussian(image, { sigmaPx: sigma, border }, { backend })
      const near = 1e-6 * Float64Array.from(image.data).reduce((largest, value) => Math.max(largest, value), 0)
      for (const [index, value] of whole.data.entries()) {
        const [low, high] = [Math.trunc(Math.max(0, expected[index] - near)), Math.trunc(expected[index] + near)]
        expect(value === low || value === high).toBe(true)
        pixels++
        // The peer's sums of flat regions are sometimes a hair below the whole number.
        if (value !== Math.trunc(expected[index] + 1e-9)) crossed++
      }
    }
    // Sums of single precision cross a whole number now and then: the more often, the larger the numbers, here up to 65535.
    expect(crossed / pixels).toBeLessThan(1e-2)
  })

  it(`give the same Laplacian of Gaussian of ${scenes} scenes within 1e-6 of the largest value`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const { border, image, next } = caseOf(seed)
      const sigma = 0.5 + next() * 6
      const expected = floatsOf((await peer.ask("laplacian", [sent(image, seed)], { sigma, border })).arrays[0])
      const result = laplacianOfGaussian(image, { sigmaPx: sigma, border }, { backend })
      expect(worst(result.data, expected, image.data)).toBeLessThan(1e-6)
    }
  })

  it(`give the same difference of Gaussians of ${scenes} scenes within 1e-6 of the largest value`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const { border, image, next } = caseOf(seed)
      const low = 0.3 + next() * 3
      const high = low * 1.6
      const expected = floatsOf((await peer.ask("difference", [sent(image, seed)], { low, high, border })).arrays[0])
      const result = differenceOfGaussians(image, { lowSigmaPx: low, highSigmaPx: high, border }, { backend })
      expect(worst(result.data, expected, image.data)).toBeLessThan(1e-6)
    }
  })

  it(`give the same median of ${scenes} scenes`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const { border, image } = caseOf(seed)
      // Large footprints are computed in another way.
      const radius = seed % 4 === 0 ? 8 + (seed % 13) : 1 + (seed % 5)
      const shape = seed % 7 < 4 ? "disk" : "square"
      const { arrays } = await peer.ask("median", [sent(image, seed)], { radius, shape, border })
      expect(median(image, { radiusPx: radius, shape, border }, { backend }).data).toEqual(arrays[0]?.data)
    }
  })

  it(`give the same peaks of ${scenes} scenes, and after dropping all but those that meet in chains`, async () => {
    let [found, differ] = [0, 0]
    for (let seed = 0; seed < scenes; seed++) {
      const { image } = caseOf(seed)
      // Of floats the peer keeps single precision between its passes, and rounds ties otherwise.
      const asked = { max_sigma: 6, scales: 6, threshold: 0.02 + 0.1 * (seed % 2) }
      const given = {
        maxSigmaPx: 6,
        scales: 6,
        threshold: asked.threshold * rangeMaxOf(pixelDtypes[seed % 3] ?? "uint16"),
      }
      const key = (rows: Iterable<ReadonlyArray<number>>) => new Set(Array.from(rows, (row) => row.join(",")))
      const listed = (overlap: number) =>
        key(blobLog(image, { ...given, overlap }, { backend }).map(({ sigmaPx, x, y }) => [y, x, sigmaPx]))
      // The peer answers with a list of rows.
      const all = key(
        (await peer.ask("peaks", [sent(image, seed)], asked)).value as ReadonlyArray<ReadonlyArray<number>>,
      )
      const kept = key(
        (await peer.ask("blobs", [sent(image, seed)], { ...asked, overlap: 0.5 })).value as ReadonlyArray<
          ReadonlyArray<number>
        >,
      )
      found += kept.size
      expect({ seed, peaks: listed(1) }).toEqual({ seed, peaks: all })
      const ours = listed(0.5)
      differ += [...ours].filter((one) => !kept.has(one)).length + [...kept].filter((one) => !ours.has(one)).length
    }
    expect(found).toBeGreaterThan(1000)
    expect(differ / found).toBeLessThan(0.05)
  })
})

describe("the overlap of two blobs", () => {
  it("is that of scikit-image to 7 digits", async () => {
    const next = uniform(3)
    const pairs = Array.from({ length: 500 }, () =>
      [0, 1].map(() => [Math.floor(next() * 12), Math.floor(next() * 12), 1 + Math.floor(next() * 6)]),
    )
    const { value } = await peer.ask("overlap", [], { pairs })
    const blob = ([y = 0, x = 0, sigmaPx = 1]: ReadonlyArray<number>) => ({ y, x, sigmaPx })
    for (const [index, [a = [], b = []]] of pairs.entries()) {
      expect(overlapOf(blob(a), blob(b))).toBeCloseTo((value as ReadonlyArray<number>)[index] ?? Number.NaN, 7)
    }
  })
})
