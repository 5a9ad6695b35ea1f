import { afterAll, describe, expect, it } from "vitest"
import {
  binaryClosing,
  binaryDilation,
  binaryErosion,
  binaryOpening,
} from "../../src/BinaryMorphology.ts"
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

/** The scene of a seed, its type going round, and a radius that is now and then beyond the picture. */
const given = (seed: number, radiusMax: number): { readonly image: Image; readonly radiusPx: number } => {
  const image: Image<Pixels> = anyScene(pixelDtypes[seed % 3] ?? "uint16", seed, 60)
  const next = uniform(seed + 77)
  return { image, radiusPx: next() < 0.05 ? between(next, 60, 90) : between(next, 0, radiusMax) }
}

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
    const { image, radiusPx } = given(seed, 14)
    const { arrays } = await peer.ask(name, [sent(image)], { radiusPx })
    for (const [, backend] of backends) {
      // scikit-image may write a negative zero where we write zero.
      const expected = arrays[0]?.data.map((value: number | bigint) => Number(value) + 0)
      expect(kernel(image, { radiusPx }, { backend }).data, `seed ${seed}`).toEqual(expected)
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

it(`white_top_hat_downsampled is scikit-image's pipeline, exactly, on ${scenes} scenes`, async () => {
  for (let seed = 0; seed < scenes; seed++) {
    const { image, radiusPx } = given(seed, 40)
    const factor = between(uniform(seed + 5), 1, 8)
    const { arrays } = await peer.ask("white_top_hat_downsampled", [sent(image)], { radiusPx, factor })
    for (const [, backend] of backends) {
      const { data } = whiteTopHatDownsampled(image, { radiusPx, factor }, { backend })
      expect(data, `seed ${seed}`).toEqual(arrays[0]?.data)
    }
  }
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
