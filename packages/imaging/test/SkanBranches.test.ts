import { readFileSync } from "node:fs"
import { describe, expect, it } from "vitest"
import type { Image } from "../src/Image.ts"
import { skeletonGraph } from "../src/SkeletonGraph.ts"

interface SkanScene {
  readonly seed: number
  readonly width: number
  readonly height: number
  readonly pixels: number
  /** Type and length of each branch, sorted. */
  readonly branches: ReadonlyArray<readonly [type: number, length: number]>
}

// `reference/skan_branches.py` writes these fields.
const scenes = JSON.parse(
  readFileSync(new URL("fixtures/skeleton/skan.json", import.meta.url), "utf8"),
) as ReadonlyArray<SkanScene>

/** skan's numbers of types. */
const typeNumbers: Readonly<Record<string, number>> = {
  "endpoint-endpoint": 0,
  "junction-endpoint": 1,
  "junction-junction": 2,
  cycle: 3,
}

const lines = ({ height, seed, width }: SkanScene): Image<Uint8Array> => {
  let state = seed
  const following = (): number => {
    state = (Math.imul(1_664_525, state) + 1_013_904_223) >>> 0
    return state >>> 16
  }
  const data = new Uint8Array(width * height)
  for (let count = 0; count < 14; count++) {
    const [across, line, start, length] = [following() % 2, following(), following(), 8 + (following() % 40)]
    if (across === 1) {
      const [y, x] = [6 * (line % 10) + 3, 1 + (start % (width - 12))]
      data.fill(1, y * width + x, y * width + Math.min(width - 1, x + length))
    } else {
      const [x, top] = [6 * (line % 14) + 3, 1 + (start % (height - 12))]
      for (let y = top; y < Math.min(height - 1, top + length); y++) data[y * width + x] = 1
    }
  }
  return { data, width, height }
}

describe("branches of lines that cross and meet", () => {
  it.each(scenes.map((scene) => [scene.seed, scene] as const))(
    "scene %i: types and lengths are skan's",
    (_seed, scene) => {
      const image = lines(scene)
      expect(image.data.reduce((sum, value) => sum + value, 0)).toBe(scene.pixels)
      const { columns } = skeletonGraph(image).branches
      const branches = columns.type.map((type, at): readonly [number, number] => [
        typeNumbers[type] ?? -1,
        Math.round((columns.length_px[at] ?? 0) * 1e6) / 1e6,
      ])
      expect(branches.sort(([a, long], [b, other]) => a - b || long - other)).toEqual(scene.branches)
    },
  )
})
