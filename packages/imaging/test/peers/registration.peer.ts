import { afterAll, describe, expect, it } from "vitest"
import { assembleTiles } from "../../src/AssembleTiles.ts"
import type { Dtype, Image, Pixels } from "../../src/Image.ts"
import { phaseCorrelation } from "../../src/PhaseCorrelation.ts"
import { pixelDtypes } from "../../src/Signature.ts"
import { backends } from "../backends.ts"
import { between, normal, uniform } from "../random.ts"
import { scene } from "../scenes.ts"
import { openPeer } from "./Peer.ts"

const scenes = 200
const peer = openPeer("registration")
afterAll(() => peer.end())

/** Two crops of one scene, `dx` and `dy` apart, with noise of their own. */
const pair = (seed: number, dtype: Dtype): readonly [Image<Pixels>, Image<Pixels>] => {
  const next = uniform(seed)
  const [width, height] = [between(next, 24, 72), between(next, 24, 72)]
  const base = scene(
    (["cells", "noise", "neurites"] as const)[seed % 3] ?? "cells",
    dtype,
    width + 12,
    height + 12,
    seed,
  )
  const [dx, dy] = [between(next, -6, 6), between(next, -6, 6)]
  const amplitude = dtype === "uint16" ? 500 : dtype === "uint8" ? 2 : 0.01
  const cut = (left: number, top: number): Image<Pixels> => {
    const data = base.data.slice(0, width * height)
    for (let index = 0; index < data.length; index++) {
      const [x, y] = [left + (index % width), top + Math.floor(index / width)]
      const value = (base.data[y * base.width + x] ?? 0) + amplitude * normal(next)
      data[index] =
        dtype === "float32" ? value : Math.max(0, Math.min(dtype === "uint8" ? 255 : 65_535, Math.round(value)))
    }
    return { data, width, height }
  }
  return [cut(6, 6), cut(6 + dx, 6 + dy)]
}

describe.each(backends)("%s and scikit-image", (_name, backend) => {
  it(`give the same shift, within one step, of ${scenes} pairs`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const dtype = pixelDtypes[seed % 3] ?? "uint16"
      const [reference, moving] = pair(seed, dtype)
      const plain = seed % 2 === 0
      const parameters = {
        upsampleFactor: [1, 2, 10, 50][Math.floor(seed / 3) % 4] ?? 1,
        normalization: plain && seed % 4 === 0 ? ("phase" as const) : ("none" as const),
        whitening: !plain && seed % 3 < 2,
        filterSigmaPx: seed % 5 < 2 ? 0 : 0.5 + (seed % 5) / 4,
        hannWindow: !plain,
      }
      const shape = [reference.height, reference.width]
      const { value } = await peer.ask(
        "phase_correlation",
        [
          { dtype, shape, data: reference.data },
          { dtype, shape, data: moving.data },
        ],
        parameters,
      )
      const [y = Number.NaN, x = Number.NaN, error = Number.NaN] = value as ReadonlyArray<number>
      const filterSigmaPx = parameters.whitening ? parameters.filterSigmaPx : undefined
      const found = phaseCorrelation(reference, moving, { ...parameters, filterSigmaPx }, { backend })
      const step = parameters.upsampleFactor === 1 ? 0 : 1 / parameters.upsampleFactor + 1e-6
      expect(Math.abs(found.shiftYPx - y), `y of scene ${seed}: ${found.shiftYPx}, ${y}`).toBeLessThanOrEqual(step)
      expect(Math.abs(found.shiftXPx - x), `x of scene ${seed}: ${found.shiftXPx}, ${x}`).toBeLessThanOrEqual(step)
      if (parameters.normalization === "none") {
        expect(Math.abs(found.error - error), `error of scene ${seed}`).toBeLessThan(1e-3)
      }
    }
  })

  it(`give the same mosaic of ${scenes} sets of tiles in two columns`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const next = uniform(seed)
      const dtype = pixelDtypes[seed % 3] ?? "uint16"
      const [width, height] = [between(next, 8, 30), between(next, 8, 24)]
      const rows = between(next, 1, 4)
      const isWhole = seed % 4 === 0
      const part = () => (isWhole ? between(next, -1, 1) : next() * 2 - 1)
      // Overlaps of a quarter and more to the side, and tiles of a column apart: ramps are known without any search.
      const [pitchX, pitchY] = [Math.floor(width * 0.6), height + 3]
      const xPx = Array.from({ length: 2 * rows }, (_, index) => (index % 2) * pitchX + part() + 5)
      const yPx = Array.from({ length: 2 * rows }, (_, index) => Math.floor(index / 2) * pitchY + part() * 0.4)
      const blend = (["none", "fixed", "dynamic"] as const)[Math.floor(seed / 3) % 3] ?? "none"
      const ramps = xPx.map((x, index) => {
        const other = xPx[index ^ 1] ?? 0
        const wide = blend === "none" ? 0 : Math.floor(blend === "fixed" ? width * 0.2 : width - Math.abs(other - x))
        return index % 2 === 0 ? [0, wide, 0, 0] : [wide, 0, 0, 0]
      })
      const { data } = scene("cells", dtype, width, height * rows * 2, seed)
      const { arrays } = await peer.ask("assemble_tiles", [{ dtype, shape: [2 * rows, height, width], data }], {
        xPx,
        yPx,
        ramps,
      })
      const tiles = { data, width, height, planes: 2 * rows }
      const found = assembleTiles(
        tiles,
        { xPx, yPx, blend, marginRatio: blend === "fixed" ? 0.2 : undefined },
        { backend },
      )
      expect([found.height, found.width]).toEqual(arrays[0]?.shape)
      expect(found.coverage?.data).toEqual(arrays[1]?.data)
      const expected = Array.from(arrays[0]?.data ?? [], Number)
      const within = dtype === "float32" ? 2e-6 : 0.5 + 0.01
      let far = 0
      for (const [index, value] of expected.entries()) far = Math.max(far, Math.abs((found.data[index] ?? 0) - value))
      expect(far, `scene ${seed}`).toBeLessThanOrEqual(within)
    }
  })
})
