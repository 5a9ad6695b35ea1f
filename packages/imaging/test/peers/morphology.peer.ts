import { afterAll, describe, expect, it } from "vitest"
import { binaryClosing, binaryDilation, binaryErosion, binaryOpening } from "../../src/BinaryMorphology.ts"
import { closing, dilation, erosion, opening } from "../../src/GreyMorphology.ts"
import { type Image, pixelDtypeOf, type Pixels } from "../../src/Image.ts"
import { rollingBallBackground, rollingBallCorrection } from "../../src/RollingBall.ts"
import { pixelDtypes } from "../../src/Signature.ts"
import { blackTopHat, whiteTopHat, whiteTopHatDownsampled } from "../../src/TopHat.ts"
import { backends } from "../backends.ts"
import { between, uniform } from "../random.ts"
import { anyScene } from "../scenes.ts"
import { openPeer, type PeerArray } from "./Peer.ts"

const scenes = 200
const peer = openPeer("morphology")
afterAll(() => peer.end())

const sent = ({ data, height, width }: Image): PeerArray => ({
  dtype: pixelDtypeOf(data),
  shape: [height, width],
  data,
})

/** The scene of a seed, its type going round, and a radius. */
const given = (seed: number, radiusMax: number): { readonly image: Image; readonly radiusPx: number } => {
  const image: Image<Pixels> = anyScene(pixelDtypes[seed % 3] ?? "uint16", seed, 60)
  return { image, radiusPx: between(uniform(seed + 77), 0, radiusMax) }
}

/** SciPy 1.10 reads outside its arrays where a footprint is more than about twice the picture: NaN, 255, or what is there. */
const within = (radiusPx: number, { height, width }: Image): number => Math.min(radiusPx, width, height)

const grey = [
  ["erosion", erosion],
  ["dilation", dilation],
  ["opening", opening],
  ["closing", closing],
  ["white_top_hat", whiteTopHat],
  ["black_top_hat", blackTopHat],
] as const

it.each(grey)(`%s is scikit-image's, exactly, on ${scenes} scenes`, async (name, kernel) => {
  for (let seed = 0; seed < scenes; seed++) {
    const { image, radiusPx: radius } = given(seed, 16)
    const radiusPx = within(radius, image)
    const { arrays } = await peer.ask(name, [sent(image)], { radiusPx })
    for (const [, backend] of backends) {
      expect(kernel(image, { radiusPx }, { backend }).data, `seed ${seed}`).toEqual(arrays[0]?.data)
    }
  }
})

const binary = [
  ["binary_erosion", binaryErosion],
  ["binary_dilation", binaryDilation],
  ["binary_opening", binaryOpening],
  ["binary_closing", binaryClosing],
] as const

it.each(binary)(`%s is scikit-image's, exactly, on ${scenes} scenes`, async (name, kernel) => {
  for (let seed = 0; seed < scenes; seed++) {
    const { data, height, width } = anyScene("uint8", seed, 60)
    const mask = { data: data.map((value) => (value > 70 ? 1 : 0)), width, height }
    const radiusPx = seed % 13
    const { arrays } = await peer.ask(name, [sent(mask)], { radiusPx })
    for (const [, backend] of backends) {
      expect(kernel(mask, { radiusPx }, { backend }).data, `seed ${seed}`).toEqual(arrays[0]?.data)
    }
  }
})

const downsampledCase = (seed: number) => {
  const { image, radiusPx: radius } = given(seed, 40)
  const factor = between(uniform(seed + 5), 1, 8)
  return { image, parameters: { radiusPx: within(radius, image), factor } }
}

it(`white_top_hat_downsampled is scikit-image's pipeline with the C library's exponential, exactly, on ${scenes} scenes`, async () => {
  for (let seed = 0; seed < scenes; seed++) {
    const { image, parameters } = downsampledCase(seed)
    const { arrays } = await peer.ask("white_top_hat_downsampled_exactly", [sent(image)], parameters)
    for (const [, backend] of backends) {
      const { data } = whiteTopHatDownsampled(image, parameters, { backend })
      expect(data, `seed ${seed}`).toEqual(arrays[0]?.data)
    }
  }
})

it(`white_top_hat_downsampled is scikit-image's pipeline as it is within a count, on ${scenes} scenes`, async () => {
  let [different, all] = [0, 0]
  for (let seed = 0; seed < scenes; seed++) {
    const { image, parameters } = downsampledCase(seed)
    const { arrays } = await peer.ask("white_top_hat_downsampled", [sent(image)], parameters)
    const expected = arrays[0]?.data ?? []
    const unit = image.data instanceof Float32Array ? 1e-6 : 1
    for (const [index, value] of whiteTopHatDownsampled(image, parameters).data.entries()) {
      const difference = Math.abs(value - Number(expected[index]))
      expect(difference, `seed ${seed}, pixel ${index}`).toBeLessThanOrEqual(unit)
      if (difference > 0) different++
      all++
    }
  }
  // Only where the background is a whole number can the last bit of a weight be seen.
  expect(different / all).toBeLessThan(0.001)
})

describe("a rolling ball", () => {
  it(`is scikit-image's, exactly, on ${scenes} scenes, background and correction`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const { image, radiusPx: radius } = given(seed, 40)
      const radiusPx = Math.max(1, radius)
      const { arrays } = await peer.ask("rolling_ball", [sent(image)], { radiusPx })
      for (const [, backend] of backends) {
        const message = `seed ${seed}`
        expect(rollingBallBackground(image, { radiusPx }, { backend }).data, message).toEqual(arrays[0]?.data)
        expect(rollingBallCorrection(image, { radiusPx }, { backend }).data, message).toEqual(arrays[1]?.data)
      }
    }
  })
})
