import { afterAll, describe, expect, it } from "vitest"
import { pixelDtypes } from "../../src/Signature.ts"
import { skeletonize, skeletonize3d } from "../../src/Skeletonize.ts"
import { backends } from "../backends.ts"
import { randomMask, randomVolume } from "../masks.ts"
import { openPeer } from "./Peer.ts"

const scenes = 200
const peer = openPeer("skeleton")
afterAll(() => peer.end())

describe.each(backends)("%s and scikit-image", (_name, backend) => {
  it.each(["zhang", "lee"] as const)(`give the same skeleton by %s of ${scenes} masks`, async (method) => {
    for (let seed = 0; seed < scenes; seed++) {
      const image = randomMask(pixelDtypes[seed % 3], seed)
      const { data, height, width } = image
      const mask = Uint8Array.from(data, (value) => (value === 0 ? 0 : 1))
      const { arrays } = await peer.ask(method, [{ dtype: "uint8", shape: [height, width], data: mask }])
      expect(skeletonize(image, { method }, { backend }).data, `scene ${seed}`).toEqual(arrays[0]?.data)
    }
  })

  it(`give the same skeleton of ${scenes} volumes`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const volume = randomVolume(pixelDtypes[seed % 3], seed)
      const { data, height, planes, width } = volume
      const mask = Uint8Array.from(data, (value) => (value === 0 ? 0 : 1))
      const { arrays } = await peer.ask("lee_3d", [{ dtype: "uint8", shape: [planes, height, width], data: mask }])
      expect(skeletonize3d(volume, {}, { backend }).data, `scene ${seed}`).toEqual(arrays[0]?.data)
    }
  })
})
