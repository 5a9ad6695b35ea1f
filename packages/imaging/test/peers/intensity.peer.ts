import { afterAll, describe, expect, it } from "vitest"
import { maximumProjection } from "../../src/MaximumProjection.ts"
import { backends } from "../backends.ts"
import { scene } from "../scenes.ts"
import { openPeer } from "./Peer.ts"

const scenes = 200
const peer = openPeer("intensity")
afterAll(() => peer.end())

describe.each(backends)("%s and NumPy", (_name, backend) => {
  it(`give the same maximum projection of ${scenes} scenes`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const [width, height] = [20 + (seed % 37), 20 + (seed % 23)]
      const { data } = scene("cells", "uint16", width, height * 3, seed)
      const { arrays } = await peer.ask("maximum_projection", [{ dtype: "uint16", shape: [3, height, width], data }])
      expect(maximumProjection({ data, width, height, planes: 3 }, {}, { backend }).data).toEqual(arrays[0]?.data)
    }
  })
})
