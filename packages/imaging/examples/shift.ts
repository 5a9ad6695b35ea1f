/** By how much one picture is moved against another, where they are smooth, noisy, or unevenly lit. */
import assert from "node:assert/strict"
import type { Backend } from "@heddle/imaging/Backend"
import { crop } from "@heddle/imaging/Crop"
import { gaussian } from "@heddle/imaging/Gaussian"
import type { Image } from "@heddle/imaging/Image"
import { phaseCorrelation } from "@heddle/imaging/PhaseCorrelation"
import { load } from "@heddle/imaging/Wasm"
import { uniform, vignette } from "./scene.ts"

/** The shift; where the pictures have little in common, there is none to be told. */
export const shiftOf = (first: Image, second: Image, backend: Backend) => {
  const found = phaseCorrelation(
    first,
    second,
    { normalization: "none", whitening: true, filterSigmaPx: 2, hannWindow: true, upsampleFactor: 10 },
    { backend },
  )
  return found.error < 0.8 ? found : undefined
}

// Clouds without an edge, taken twice 12 rows and 7 columns apart, under light that stays, with noise.
const backend = await load()
const clouds = (seed: number): Image<Float32Array> => {
  const next = uniform(seed)
  const dust = Float32Array.from({ length: 260 * 260 }, () => next() * 40_000)
  return gaussian({ data: dust, width: 260, height: 260 }, { sigmaPx: 5 }, { backend })
}
const side = 160
const take = (scene: Image<Float32Array>, leftPx: number, topPx: number, seed: number): Image<Uint16Array> => {
  const seen = crop(scene, { leftPx, topPx, widthPx: side, heightPx: side }, { backend })
  const noise = uniform(seed)
  const data = Uint16Array.from(seen.data, (light, index) => {
    return light * vignette((index % side) / side, Math.floor(index / side) / side) + 50 * noise()
  })
  return { data, width: side, height: side }
}
const [one, other] = [clouds(1), clouds(2)]
const found = shiftOf(take(one, 50, 50, 3), take(one, 57, 38, 4), backend)
assert.ok(found !== undefined && Math.hypot(found.shiftYPx + 12, found.shiftXPx - 7) < 0.3, JSON.stringify(found))
assert.equal(shiftOf(take(one, 50, 50, 3), take(other, 57, 38, 4), backend), undefined)
