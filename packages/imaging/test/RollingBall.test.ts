import { describe, expect, it } from "vitest"
import { type Image, type Pixels, pixelDtypeOf } from "../src/Image.ts"
import { backgroundSignature, rollingBallBackground, rollingBallCorrection } from "../src/RollingBall.ts"
import { haloPx } from "../src/Bands.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { readNpy, readUint16 } from "./npy.ts"
import { between, uniform } from "./random.ts"
import { anyScene, oddSizes, scene } from "./scenes.ts"

/** The definition, pixel by pixel: the ball's centre lies `radius` below its top. */
const byDefinition = ({ data, height, width }: Image, radius: number): Array<number> =>
  Array.from(data, (_, index) => {
    const [x, y] = [index % width, Math.floor(index / width)]
    const round = data instanceof Float32Array ? Math.fround : (value: number) => value
    let least = Number.POSITIVE_INFINITY
    for (let row = 0; row < height; row++) {
      for (let column = 0; column < width; column++) {
        const square = (row - y) ** 2 + (column - x) ** 2
        if (square > radius ** 2) continue
        const drop = round(radius - round(Math.sqrt(radius ** 2 - square)))
        least = Math.min(least, round(data[row * width + column] + drop))
      }
    }
    return data instanceof Float32Array ? least : Math.trunc(least)
  })

describe.each(backends)("a rolling ball on %s", (_name, backend) => {
  it("equals scikit-image 0.19.3 on the committed picture", () => {
    const size = { width: 57, height: 43 }
    const picture = { data: readUint16("morphology/picture.npy"), ...size }
    expect(rollingBallBackground(picture, { radiusPx: 10 }, { backend }).data).toEqual(
      readUint16("morphology/ball_10.npy"),
    )
    const single = readNpy("morphology/single.npy").data
    if (!(single instanceof Float32Array)) throw new Error("single")
    const background = rollingBallBackground({ data: single, ...size }, { radiusPx: 25 }, { backend })
    expect(background.data).toEqual(readNpy("morphology/single_ball_25.npy").data)
  })

  it("lies below one dark pixel as its surface does", () => {
    const data = new Uint16Array(11 * 11).fill(100)
    data[60] = 0
    const { data: background } = rollingBallBackground({ data, width: 11, height: 11 }, { radiusPx: 5 }, { backend })
    // 5 - sqrt(25 - d²) for d from 0 to 5 is 0, 0.1, 0.4, 1, 2, 5; whole numbers are cut; beyond is no ball.
    expect(Array.from(background.subarray(60, 66))).toEqual([0, 0, 0, 1, 2, 5])
    expect(background[54]).toBe(100)
  })

  it.each(pixelDtypes)("is the definition, of %s and all sizes", (dtype) => {
    for (const [seed, [width, height]] of oddSizes.slice(0, 7).entries()) {
      const image = scene("cells", dtype, width, height, seed)
      for (const radiusPx of [1, 2, 7, 60]) {
        const { data } = rollingBallBackground(image, { radiusPx }, { backend })
        expect(Array.from(data), `${width} x ${height}, radius ${radiusPx}`).toEqual(byDefinition(image, radiusPx))
      }
    }
  })

  it("is the definition where grey values span far less than the ball is high, or just as much", () => {
    const next = uniform(8)
    for (const span of [0.5, 1, 3, 30]) {
      const floats = { data: Float32Array.from({ length: 47 * 38 }, () => 7 + span * next()), width: 47, height: 38 }
      const whole = { ...floats, data: Uint16Array.from(floats.data) }
      for (const image of [floats, whole]) {
        const { data } = rollingBallBackground<Pixels>(image, { radiusPx: 30 }, { backend })
        expect(Array.from(data)).toEqual(byDefinition(image, 30))
      }
    }
  })

  it("is nowhere above the picture, and the correction is what it leaves", () => {
    for (let seed = 0; seed < 6; seed++) {
      const image: Image<Pixels> = anyScene(pixelDtypes[seed % 3] ?? "uint16", seed)
      const background = rollingBallBackground(image, { radiusPx: 9 }, { backend }).data
      const corrected = rollingBallCorrection(image, { radiusPx: 9 }, { backend }).data
      expect(background.every((value, index) => value <= image.data[index])).toBe(true)
      const round = image.data instanceof Float32Array ? Math.fround : (value: number) => value
      expect(Array.from(corrected)).toEqual(Array.from(background, (value, index) => round(image.data[index] - value)))
    }
  })

  it("leaves nothing of a constant picture", () => {
    for (const dtype of pixelDtypes) {
      const image: Image<Pixels> = scene("constant", dtype, 40, 31, 0)
      expect(rollingBallBackground(image, { radiusPx: 12 }, { backend })).toEqual(image)
      expect(new Set(rollingBallCorrection(image, { radiusPx: 12 }, { backend }).data)).toEqual(new Set([0]))
    }
  })

  it("of a band with its halo is that part of the whole", () => {
    const image = scene("cells", "uint16", 90, 100, 4)
    const radiusPx = 13
    const halo = haloPx(backgroundSignature, { radiusPx }) ?? 0
    const whole = rollingBallBackground(image, { radiusPx }, { backend }).data
    const band = image.data.subarray((40 - halo) * 90, (60 + halo) * 90)
    const part = rollingBallBackground({ data: band, width: 90, height: 20 + 2 * halo }, { radiusPx }, { backend }).data
    expect(part.slice(halo * 90, (halo + 20) * 90)).toEqual(whole.slice(40 * 90, 60 * 90))
  })

  it("refuses what is no radius and no picture", () => {
    const image = scene("cells", "uint16", 20, 20, 0)
    for (const kernel of [rollingBallBackground, rollingBallCorrection]) {
      for (const radiusPx of [0, -3, 2.5, 501, Number.NaN, Number.POSITIVE_INFINITY]) {
        expect(() => kernel(image, { radiusPx }, { backend })).toThrow(
          /radiusPx must be a whole number from 1 to 500 \(px\)/,
        )
      }
      expect(() => kernel({ ...image, height: 21 }, {}, { backend })).toThrow(
        "image.data must be 20 wide x 21 high = 420 pixels",
      )
      const broken = { data: Float32Array.of(Number.NEGATIVE_INFINITY), width: 1, height: 1 }
      expect(() => kernel(broken, {}, { backend })).toThrow("-Infinity at x 0, y 0")
      expect(() => kernel(image, {}, { backend, into: new Uint16Array(7) })).toThrow("into must be 400 pixels")
    }
  })

  it("may write over its input where that is asked for", () => {
    for (const dtype of pixelDtypes) {
      const image: Image<Pixels> = scene("cells", dtype, 50, 33, 6)
      const expected = rollingBallBackground(image, { radiusPx: 6 }, { backend }).data
      expect(rollingBallBackground(image, { radiusPx: 6 }, { backend, into: image.data }).data).toBe(image.data)
      expect(image.data).toEqual(expected)
    }
  })
})

describe("the compiled rolling ball", () => {
  it("is the reference's to the last bit on 150 scenes", () => {
    for (let seed = 0; seed < 150; seed++) {
      const image: Image<Pixels> = anyScene(pixelDtypes[seed % 3] ?? "uint16", seed, 120)
      const radiusPx = between(uniform(seed), 1, seed % 10 === 0 ? 200 : 30)
      const kernel = seed % 2 === 0 ? rollingBallBackground : rollingBallCorrection
      const message = `seed ${seed}, ${pixelDtypeOf(image.data)}, radius ${radiusPx}`
      expect(kernel(image, { radiusPx }, { backend: wasm }), message).toEqual(kernel(image, { radiusPx }))
    }
  })

  it("cuts drops that leave nothing of the largest pixels", () => {
    const image = { data: new Uint16Array(30 * 20).fill(65_535), width: 30, height: 20 }
    expect(rollingBallBackground(image, { radiusPx: 500 }, { backend: wasm })).toEqual(image)
    const bytes = { data: new Uint8Array(30 * 20).fill(255), width: 30, height: 20 }
    expect(rollingBallBackground(bytes, { radiusPx: 500 }, { backend: wasm })).toEqual(bytes)
  })
})
