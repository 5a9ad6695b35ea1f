import { afterAll, describe, expect, it } from "vitest"
import type { Pixels, Stack } from "../../src/Image.ts"
import { pixelDtypes } from "../../src/Signature.ts"
import { skeletonGraph, skeletonGraph3d } from "../../src/SkeletonGraph.ts"
import { skeletonize, skeletonize3d } from "../../src/Skeletonize.ts"
import { backends } from "../backends.ts"
import { randomMask, randomVolume } from "../masks.ts"
import { openPeer, type PeerArray } from "./Peer.ts"

const scenes = 200
const peer = openPeer("skeleton")
afterAll(() => peer.end())

const bytesOf = (array: PeerArray | undefined): Uint8Array => {
  if (!(array?.data instanceof Uint8Array)) throw new Error("the peer gave no bytes")
  return array.data
}

/** What is not zero, as the peer takes it. */
const maskOf = (data: Pixels): Uint8Array => Uint8Array.from(data, (value) => (value === 0 ? 0 : 1))
const arrayOf = ({ data, height, planes, width }: Stack<Pixels>) =>
  [{ dtype: "uint8", shape: planes === 0 ? [height, width] : [planes, height, width], data: maskOf(data) }] as const

describe.each(backends)("%s and scikit-image", (_name, backend) => {
  it.each(["zhang", "lee"] as const)(`give the same skeleton by %s of ${scenes} masks`, async (method) => {
    for (let seed = 0; seed < scenes; seed++) {
      const image = randomMask(pixelDtypes[seed % 3], seed)
      const { arrays } = await peer.ask(method, arrayOf({ ...image, planes: 0 }))
      expect(skeletonize(image, { method }, { backend }).data, `scene ${seed}`).toEqual(arrays[0]?.data)
    }
  })

  it(`give the same skeleton of ${scenes} volumes`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const volume = randomVolume(pixelDtypes[seed % 3], seed)
      const { arrays } = await peer.ask("lee_3d", arrayOf(volume))
      expect(skeletonize3d(volume, {}, { backend }).data, `scene ${seed}`).toEqual(arrays[0]?.data)
    }
  })

  it("give the skeletons of scikit-image's own tests: a page of text, and blobs as ImageJ thins them", async () => {
    const page = (await peer.ask("text", [])).arrays
    const [height = 0, width = 0] = page[0]?.shape ?? []
    const text = { data: bytesOf(page[0]), width, height }
    expect(skeletonize(text, {}, { backend }).data).toEqual(page[1]?.data)
    const blobs = (await peer.ask("fiji", [])).arrays
    const volume = { data: bytesOf(blobs[0]), planes: 30, height: 32, width: 32 }
    const { data } = skeletonize3d(volume, {}, { backend })
    expect(data).toEqual(blobs[1]?.data)
    expect(data.reduce((sum, value) => sum + value, 0)).toBe(4003)
  })
})

describe("NetworkX and SciPy", () => {
  it.each(["zhang", "lee", "none"] as const)(
    `find the same length, pieces, holes, junctions, ends and branches in ${scenes} planes thinned by %s`,
    async (method) => {
      let compared = 0
      for (let seed = 0; seed < scenes; seed++) {
        const mask = randomMask("uint8", seed)
        const image = method === "none" ? mask : skeletonize(mask, { method })
        const { value } = await peer.ask("graph_2d", arrayOf({ ...image, planes: 0 }))
        const expected = value as Record<string, number>
        const { branches, summary } = skeletonGraph(image)
        const { columns } = summary
        expect(
          {
            pieces: columns.pieces[0],
            cycles: columns.cycles[0],
            isolated: columns.isolated_pixels[0],
          },
          `scene ${seed}`,
        ).toEqual({ pieces: expected["pieces"], cycles: expected["cycles"], isolated: expected["isolated"] })
        expect(columns.total_length_px[0]).toBeCloseTo(expected["total_length"] ?? Number.NaN, 8)
        if (expected["squares"] !== 0) continue
        compared++
        expect(
          [columns.junctions[0], columns.endpoints[0], columns.branches[0]],
          `nodes and branches of scene ${seed}`,
        ).toEqual([expected["junctions"], expected["endpoints"], expected["branches"]])
        const along = branches.columns.length_px.reduce((sum, length) => sum + length, 0)
        expect(along + (expected["inside_length"] ?? Number.NaN)).toBeCloseTo(columns.total_length_px[0] ?? 0, 8)
      }
      expect(compared).toBeGreaterThan(method === "none" ? 5 : 60)
    },
  )

  it(`find the same pieces and tunnels in ${scenes} thinned volumes`, async () => {
    for (let seed = 0; seed < scenes; seed++) {
      const volume = skeletonize3d(randomVolume("uint8", seed))
      const { value } = await peer.ask("graph_3d", arrayOf(volume))
      const { columns } = skeletonGraph3d(volume).summary
      expect({ pieces: columns.pieces[0], cycles: columns.cycles[0] }, `scene ${seed}`).toEqual(value)
    }
  })
})
