import { describe, expect, it } from "vitest"
import type { Image, Pixels, Stack } from "../src/Image.ts"
import { skeletonGraph, skeletonGraph3d, type SkeletonGraph } from "../src/SkeletonGraph.ts"
import { skeletonize, skeletonize3d } from "../src/Skeletonize.ts"
import { backends } from "./backends.ts"
import { drawn, randomMask, randomVolume } from "./masks.ts"
import { readNpy } from "./npy.ts"
import { uniform } from "./random.ts"

const plate = (name: string): Image<Uint8Array> => {
  const { data, shape } = readNpy(`plates/skel_${name}.npy`)
  if (!(data instanceof Uint8Array)) throw new Error(`${name} holds ${data.constructor.name}`)
  const [height = 0, width = 0] = shape
  return { data, width, height }
}

/** The summary of all planes, as far as shapes are told apart by it. */
const numbersOf = ({ summary }: SkeletonGraph) => {
  const { columns } = summary
  const last = summary.rows - 1
  return {
    length: columns.total_length_px[last],
    branches: columns.branches[last],
    junctions: columns.junctions[last],
    endpoints: columns.endpoints[last],
    cycles: columns.cycles[last],
  }
}
const typesOf = ({ branches }: SkeletonGraph) => [...branches.columns.type].sort()
const root2 = Math.SQRT2

/** Three ways to come to a skeleton: the picture as it is, and thinned by either method. */
const thinned = backends.flatMap(([name, backend]) => [
  [`thinned by zhang on ${name}`, (image: Image<Uint8Array>) => skeletonize(image, {}, { backend })] as const,
  [
    `thinned by lee on ${name}`,
    (image: Image<Uint8Array>) => skeletonize(image, { method: "lee" }, { backend }),
  ] as const,
])

describe.each([["as they are", (image: Image<Uint8Array>) => image] as const, ...thinned])(
  "skeletons of plates %s",
  (_name, thin) => {
    it("AC-59: a line is one branch of 30 px", () => {
      const graph = skeletonGraph(thin(plate("line")))
      expect(numbersOf(graph)).toEqual({ length: 30, branches: 1, junctions: 0, endpoints: 2, cycles: 0 })
      expect(typesOf(graph)).toEqual(["endpoint-endpoint"])
    })

    it("AC-59: a diagonal is ten times the square root of 2", () => {
      const graph = skeletonGraph(thin(plate("diagonal")))
      expect(numbersOf(graph)).toEqual({ length: 10 * root2, branches: 1, junctions: 0, endpoints: 2, cycles: 0 })
    })

    it("AC-59: a plus has 4 branches, 4 end points, 1 junction and 32 px", () => {
      const graph = skeletonGraph(thin(plate("plus")))
      expect(numbersOf(graph)).toEqual({ length: 32, branches: 4, junctions: 1, endpoints: 4, cycles: 0 })
      expect([...graph.branches.columns.length_px]).toEqual([8, 8, 8, 8])
    })

    it("AC-59: a diamond is one cycle of 32 times the square root of 2, without end points and junctions", () => {
      const graph = skeletonGraph(thin(plate("diamond")))
      expect(numbersOf(graph)).toEqual({ length: 32 * root2, branches: 1, junctions: 0, endpoints: 0, cycles: 1 })
      expect(typesOf(graph)).toEqual(["cycle"])
    })

    it("AC-59: two segments are 2 branches of 40 px together", () => {
      const graph = skeletonGraph(thin(plate("two_segments")))
      expect(numbersOf(graph)).toEqual({ length: 40, branches: 2, junctions: 0, endpoints: 4, cycles: 0 })
    })

    it("AC-60: two sites with the same line are 60 px and never linked", () => {
      const line = thin(plate("line"))
      const data = new Uint8Array(2 * line.data.length)
      data.set(line.data)
      data.set(line.data, line.data.length)
      const graph = skeletonGraph({ data, width: line.width, height: line.height, planes: 2 })
      expect(numbersOf(graph)).toEqual({ length: 60, branches: 2, junctions: 0, endpoints: 4, cycles: 0 })
      expect([...graph.summary.columns.plane]).toEqual([0, 1, -1])
      expect([...graph.summary.columns.total_length_px]).toEqual([30, 30, 60])
    })

    it("AC-60: a line at 0.65 um a pixel is 19.5 um", () => {
      const { branches, summary } = skeletonGraph(thin(plate("line")), { pixelSizeUm: 0.65 })
      expect(summary.columns.total_length_um[0]).toBe(19.5)
      expect(branches.columns.length_um[0]).toBe(19.5)
      expect(branches.columns.length_px[0]).toBe(30)
      expect(branches.columns.distance_um[0]).toBeCloseTo(19.5, 12)
    })
  },
)

describe("shapes counted by hand", () => {
  const one = (length: number, rest: Partial<ReturnType<typeof numbersOf>> = {}) => ({
    length,
    branches: 1,
    junctions: 0,
    endpoints: 2,
    cycles: 0,
    ...rest,
  })
  it.each([
    ["a single pixel", ".#.", one(0, { branches: 0, endpoints: 0 })],
    ["two pixels", "##", one(1)],
    ["two pixels on a diagonal", "#.\n.#", one(root2)],
    ["a right angle, gone around its corner", "#..\n#..\n###", one(4)],
    ["a staircase", "##..\n.##.\n..##", one(5)],
    ["a T", "#######\n...#...\n...#...", one(8, { branches: 3, junctions: 1, endpoints: 3 })],
    ["a Y", "#...#\n.#.#.\n..#..\n..#..", one(4 * root2 + 1, { branches: 3, junctions: 1, endpoints: 3 })],
    ["an X", "#...#\n.#.#.\n..#..\n.#.#.\n#...#", one(8 * root2, { branches: 4, junctions: 1, endpoints: 4 })],
    ["an H", "#.....#\n#.....#\n#######\n#.....#\n#.....#", one(14, { branches: 5, junctions: 2, endpoints: 4 })],
    [
      "a ladder of three rungs",
      "#...#\n#####\n#...#\n#...#\n#####\n#...#\n#...#\n#####\n#...#",
      one(28, { branches: 11, junctions: 6, endpoints: 4, cycles: 2 }),
    ],
    [
      "a square spiral",
      "#########\n........#\n#######.#\n#.....#.#\n#.###.#.#\n#.#...#.#\n#.#####.#\n#.......#\n#########",
      one(48),
    ],
    ["a ring around one pixel", ".#.\n#.#\n.#.", one(4 * root2, { endpoints: 0, cycles: 1 })],
    ["a square ring", "####\n#..#\n####", one(10, { endpoints: 0, cycles: 1 })],
    ["a ring on a stick", "..####\n###..#\n..####", one(12, { branches: 2, junctions: 1, endpoints: 1, cycles: 1 })],
    ["an eight", "#####\n#...#\n#####\n#...#\n#####", one(20, { branches: 3, junctions: 2, endpoints: 0, cycles: 2 })],
    ["a square of four pixels, which encloses nothing", "##\n##", one(3)],
    [
      "a square of four pixels with four arms: one junction",
      "#....#\n.#..#.\n..##..\n..##..\n.#..#.\n#....#",
      one(8 * root2 + 3, { branches: 4, junctions: 1, endpoints: 4 }),
    ],
    ["lines along the border", "#####\n#...#\n#...#\n#####", one(14, { endpoints: 0, cycles: 1 })],
    ["nothing", "....", one(0, { branches: 0, endpoints: 0 })],
  ])("%s", (_name, drawing, expected) => {
    expect(numbersOf(skeletonGraph(drawn(drawing)))).toEqual(expected)
  })

  it("a single pixel is an isolated node, and a piece", () => {
    const { nodes, summary } = skeletonGraph(drawn("...\n..#"))
    expect(nodes.columns.kind).toEqual(["isolated"])
    expect([nodes.columns.y_px[0], nodes.columns.x_px[0], nodes.columns.degree[0]]).toEqual([1, 2, 0])
    expect([summary.columns.isolated_pixels[0], summary.columns.pieces[0]]).toEqual([1, 1])
    expect(summary.columns.mean_branch_length_um[0]).toBeNaN()
  })

  it("ends, distances and tortuosity of a right angle are those of its end pixels", () => {
    const { branches, nodes, summary } = skeletonGraph(drawn("#...\n#...\n#...\n####"), { pixelSizeUm: 0.5 })
    const { columns } = branches
    expect([columns.start_y_px[0], columns.start_x_px[0], columns.end_y_px[0], columns.end_x_px[0]]).toEqual([
      0, 0, 3, 3,
    ])
    expect(columns.pixels[0]).toBe(7)
    expect(columns.distance_um[0]).toBeCloseTo(1.5 * root2, 12)
    expect(columns.tortuosity[0]).toBeCloseTo(root2, 12)
    expect(summary.columns.mean_tortuosity[0]).toBeCloseTo(root2, 12)
    // 3 um in a picture of 2 um x 2 um.
    expect(summary.columns.density[0]).toBeCloseTo(0.75, 12)
    expect(nodes.columns.kind).toEqual(["endpoint", "endpoint"])
    expect([...nodes.columns.degree]).toEqual([1, 1])
  })

  it("a cycle has no nodes and no tortuosity", () => {
    const { branches, summary } = skeletonGraph(drawn("####\n#..#\n####"))
    expect([branches.columns.start_node[0], branches.columns.end_node[0]]).toEqual([-1, -1])
    expect(branches.columns.pixels[0]).toBe(10)
    expect(branches.columns.tortuosity[0]).toBeNaN()
    expect(summary.columns.mean_tortuosity[0]).toBeNaN()
  })
})

describe("short branches", () => {
  const comb = drawn("....#......#....\n....#...........\n################\n.........#......\n.........#......")

  it("with a free end are taken away and their stem goes on", () => {
    const graph = skeletonGraph(comb, { minBranchLengthUm: 2.5, pixelSizeUm: 1 })
    expect(numbersOf(graph)).toEqual({ length: 15, branches: 1, junctions: 0, endpoints: 2, cycles: 0 })
    expect(graph.skeleton.data).toEqual(
      drawn("................\n................\n################\n................\n................").data,
    )
  })

  it("are kept where they are as long as asked", () => {
    expect(numbersOf(skeletonGraph(comb, { minBranchLengthUm: 2, pixelSizeUm: 1 })).branches).toBe(5)
    expect(numbersOf(skeletonGraph(comb, { minBranchLengthUm: 1, pixelSizeUm: 0.5 })).branches).toBe(5)
    expect(numbersOf(skeletonGraph(comb, { minBranchLengthUm: 1.01, pixelSizeUm: 0.5 })).branches).toBe(1)
  })

  it("of a fork: the shorter goes, the longer goes on", () => {
    const fork = drawn("#........\n.#.......\n..#......\n...######\n..#......\n.#.......")
    const graph = skeletonGraph(fork, { minBranchLengthUm: 4.5, pixelSizeUm: 1 })
    expect(numbersOf(graph)).toEqual({ length: 3 * root2 + 5, branches: 1, junctions: 0, endpoints: 2, cycles: 0 })
  })

  it("between junctions stay, and so do rings with a stick that goes", () => {
    const ring = drawn("..#####\n..#...#\n###...#\n..#...#\n..#####")
    const graph = skeletonGraph(ring, { minBranchLengthUm: 3, pixelSizeUm: 1 })
    expect(numbersOf(graph)).toEqual({ length: 16, branches: 1, junctions: 0, endpoints: 0, cycles: 1 })
  })

  it("that are pieces by themselves go, single pixels too", () => {
    const image = drawn("##....#\n.......\n#######")
    const graph = skeletonGraph(image, { minBranchLengthUm: 2, pixelSizeUm: 1 })
    expect(numbersOf(graph)).toEqual({ length: 6, branches: 1, junctions: 0, endpoints: 2, cycles: 0 })
    expect(graph.summary.columns.pieces[0]).toBe(1)
    expect(graph.summary.columns.isolated_pixels[0]).toBe(0)
  })

  it("leave a skeleton that is written where it was asked for", () => {
    const into = new Uint8Array(comb.data.length).fill(7)
    const graph = skeletonGraph(comb, { minBranchLengthUm: 2.5, pixelSizeUm: 1 }, { into })
    expect(graph.skeleton.data).toBe(into)
    expect(into).toEqual(skeletonGraph(comb, { minBranchLengthUm: 2.5, pixelSizeUm: 1 }).skeleton.data)
    expect(skeletonGraph3d({ ...comb, planes: 1 }, {}, { into }).skeleton.data).toBe(into)
    expect(into).toEqual(comb.data)
    expect(() => skeletonGraph(comb, {}, { into: into.subarray(1) })).toThrow("into must be 80 pixels, not 79")
    expect(() => skeletonGraph3d({ ...comb, planes: 1 }, {}, { into: into.subarray(1) })).toThrow("into must be 80")
  })

  it("leave the input as it was", () => {
    const before = comb.data.slice()
    skeletonGraph(comb, { minBranchLengthUm: 9, pixelSizeUm: 1 })
    expect(comb.data).toEqual(before)
  })
})

describe("graphs of any picture", () => {
  const flipped = ({ data, height, width }: Image<Uint8Array>): Image<Uint8Array> => ({
    data: data.map((_, index) => data[Math.floor(index / width) * width + width - 1 - (index % width)] ?? 0),
    width,
    height,
  })
  const transposed = ({ data, height, width }: Image<Uint8Array>): Image<Uint8Array> => ({
    data: data.map((_, index) => data[(index % height) * width + Math.floor(index / height)] ?? 0),
    width: height,
    height: width,
  })

  it("have the same length, pieces and cycles flipped and transposed", () => {
    for (let seed = 0; seed < 60; seed++) {
      const image = skeletonize(randomMask("uint8", seed))
      const { cycles, length } = numbersOf(skeletonGraph(image))
      for (const other of [flipped(image), transposed(image)]) {
        expect(numbersOf(skeletonGraph(other))).toMatchObject({ cycles, length })
      }
    }
  })

  it("obey Euler: each plane's branches, nodes, pieces and cycles fit together", () => {
    for (let seed = 0; seed < 60; seed++) {
      const { branches, nodes, summary } = skeletonGraph(skeletonize(randomMask("uint8", seed), { method: "lee" }))
      const { columns } = summary
      const free = branches.columns.type.filter((type) => type === "cycle").length
      const innerLoops =
        (columns.cycles[0] ?? 0) - free - (branches.rows - free - nodes.rows + ((columns.pieces[0] ?? 0) - free))
      // Junctions of several pixels may hold a ring of their own; all other loops are seen by branches and nodes.
      expect(innerLoops).toBeGreaterThanOrEqual(0)
      const ends = nodes.columns.degree.reduce((sum, degree) => sum + degree, 0)
      expect(ends).toBe(2 * (branches.rows - free))
    }
  })

  it("of a stack are those of its planes", () => {
    const planes = [2, 3, 5].map((seed) => {
      const image = skeletonize(randomMask("uint8", seed * 4 + 1))
      return { ...image }
    })
    const width = Math.max(...planes.map((image) => image.width))
    const height = Math.max(...planes.map((image) => image.height))
    const data = new Uint8Array(width * height * planes.length)
    for (const [plane, image] of planes.entries()) {
      for (let y = 0; y < image.height; y++) {
        data.set(image.data.subarray(y * image.width, (y + 1) * image.width), (plane * height + y) * width)
      }
    }
    const stack: Stack<Uint8Array> = { data, width, height, planes: planes.length }
    const { branches, summary } = skeletonGraph(stack)
    const alone = planes.map((image) => numbersOf(skeletonGraph(image)))
    expect([...summary.columns.total_length_px.subarray(0, 3)]).toEqual(alone.map(({ length }) => length))
    expect([...summary.columns.branches.subarray(0, 3)]).toEqual(alone.map(({ branches: count }) => count))
    expect(branches.rows).toBe(summary.columns.branches[3])
  })
})

describe("graphs of volumes", () => {
  const empty = (planes: number, height: number, width: number) => ({
    data: new Uint8Array(planes * height * width),
    planes,
    height,
    width,
  })

  it("follow a line through the planes by straight steps and over corners", () => {
    const volume = empty(5, 5, 5)
    for (let step = 0; step < 5; step++) volume.data[(step * 5 + 2) * 5 + 2] = 1
    expect(numbersOf(skeletonGraph3d(volume))).toEqual({
      length: 4,
      branches: 1,
      junctions: 0,
      endpoints: 2,
      cycles: 0,
    })
    const corner = empty(5, 5, 5)
    for (let step = 0; step < 5; step++) corner.data[(step * 5 + step) * 5 + step] = 1
    const { branches, summary } = skeletonGraph3d(corner, { pixelSizeUm: 0.5, zSpacingUm: 2 })
    expect(summary.columns.total_length_um[0]).toBeCloseTo(4 * Math.hypot(0.5, 0.5, 2), 12)
    expect(branches.columns.distance_um[0]).toBeCloseTo(4 * Math.hypot(0.5, 0.5, 2), 12)
    expect(branches.columns.tortuosity[0]).toBeCloseTo(1, 12)
    expect([branches.columns.start_z[0], branches.columns.end_z[0]]).toEqual([0, 4])
  })

  it("have one junction of six arms where three lines cross", () => {
    const volume = empty(9, 9, 9)
    for (let step = 0; step < 9; step++) {
      volume.data[(4 * 9 + 4) * 9 + step] = 1
      volume.data[(4 * 9 + step) * 9 + 4] = 1
      volume.data[(step * 9 + 4) * 9 + 4] = 1
    }
    const graph = skeletonGraph3d(volume, { pixelSizeUm: 1, zSpacingUm: 3 })
    expect(numbersOf(graph)).toEqual({ length: 16 + 24, branches: 6, junctions: 1, endpoints: 6, cycles: 0 })
    // In a box of 9 um x 9 um x 27 um.
    expect(graph.summary.columns.density[0]).toBeCloseTo(40 / (9 * 9 * 27), 12)
  })

  it("of one plane are those of the plane", () => {
    for (let seed = 0; seed < 30; seed++) {
      const image = skeletonize(randomMask("uint8", seed))
      expect(numbersOf(skeletonGraph3d({ ...image, planes: 1 }))).toEqual(numbersOf(skeletonGraph(image)))
    }
  })

  it("of solid boxes have no cycles, and of a frame the five of a cube", () => {
    const box = empty(3, 4, 5)
    box.data.fill(1)
    expect(numbersOf(skeletonGraph3d(box)).cycles).toBe(0)
    const frame = empty(5, 5, 5)
    for (let index = 0; index < 125; index++) {
      const sides = [index % 5, Math.floor(index / 5) % 5, Math.floor(index / 25)].filter((at) => at === 0 || at === 4)
      if (sides.length >= 2) frame.data[index] = 1
    }
    // 12 edges and 8 corners: 12 - 8 + 1.
    expect(numbersOf(skeletonGraph3d(frame))).toEqual({
      length: 48,
      branches: 12,
      junctions: 8,
      endpoints: 0,
      cycles: 5,
    })
  })

  it("link planes, where graphs of sites do not", () => {
    const volume = skeletonize3d(randomVolume("uint8", 4))
    const linked = numbersOf(skeletonGraph3d(volume)).length ?? 0
    const apart = numbersOf(skeletonGraph(volume)).length ?? 0
    expect(linked).toBeGreaterThan(apart)
  })
})

describe("without a pixel size", () => {
  const micrometres = (graph: SkeletonGraph) => {
    const { density, max_branch_length_um, mean_branch_length_um, total_length_um } = graph.summary.columns
    const { distance_um, length_um } = graph.branches.columns
    const columns = [density, max_branch_length_um, mean_branch_length_um, total_length_um, distance_um, length_um]
    return columns.flatMap((column) => [...column])
  }
  const comb = drawn("#####\n..#..\n..#..")

  it("numbers in um are NaN, and those in px and without a unit are what they are with one", () => {
    const stack = { data: Uint8Array.of(...comb.data, ...comb.data), width: 5, height: 3, planes: 2 }
    for (const [found, known] of [
      [skeletonGraph(stack), skeletonGraph(stack, { pixelSizeUm: 0.65 })],
      [skeletonGraph3d(stack), skeletonGraph3d(stack, { pixelSizeUm: 0.65, zSpacingUm: 0.65 })],
    ] as const) {
      expect(micrometres(found).every((value) => Number.isNaN(value))).toBe(true)
      expect(micrometres(known).every((value) => value > 0)).toBe(true)
      expect(found.summary.columns.total_length_px).toEqual(known.summary.columns.total_length_px)
      expect(found.summary.columns.mean_tortuosity).toEqual(known.summary.columns.mean_tortuosity)
      expect(found.branches.columns.length_px).toEqual(known.branches.columns.length_px)
      expect(found.branches.columns.tortuosity).toEqual(known.branches.columns.tortuosity)
    }
  })
})

describe("summaries", () => {
  it("have one row of one plane or volume, and one more of several planes", () => {
    const line = drawn("####")
    const stack = { data: Uint8Array.of(...line.data, ...line.data), width: 4, height: 1, planes: 2 }
    const rowsOf = ({ summary }: SkeletonGraph) => [summary.rows, [...summary.columns.plane]]
    expect(rowsOf(skeletonGraph(line))).toEqual([1, [0]])
    expect(rowsOf(skeletonGraph({ ...line, planes: 1 }))).toEqual([1, [0]])
    expect(rowsOf(skeletonGraph3d(stack))).toEqual([1, [0]])
    expect(rowsOf(skeletonGraph(stack))).toEqual([3, [0, 1, -1]])
  })
})

describe("calls after one another", () => {
  it("leave what earlier ones gave as it was, large after small and small after large", () => {
    const masks = [3, 60, 5, 200, 9].map((side, seed) => {
      const next = uniform(seed + 1)
      return { data: Uint8Array.from({ length: side * side }, () => (next() < 0.3 ? 1 : 0)), width: side, height: side }
    })
    const first = masks.map((mask) => skeletonGraph(mask))
    const copies = structuredClone(first)
    const again = [...masks].reverse().map((mask) => skeletonGraph(mask, { pixelSizeUm: 1, minBranchLengthUm: 2 }))
    expect(first).toEqual(copies)
    expect(masks.map((mask) => skeletonGraph(mask))).toEqual(copies)
    expect([...masks].reverse().map((mask) => skeletonGraph(mask, { pixelSizeUm: 1, minBranchLengthUm: 2 }))).toEqual(
      again,
    )
  })

  it("may write over their input, in its place or beside it", () => {
    const next = uniform(5)
    const data = Uint8Array.from({ length: 3 * 20 * 20 }, () => (next() < 0.3 ? 1 : 0))
    const options = { pixelSizeUm: 1, minBranchLengthUm: 2 }
    const expected = skeletonGraph({ data, width: 20, height: 20, planes: 3 }, options)
    for (const by of [-300, 0, 300]) {
      const room = new Uint8Array(1200 + 600)
      room.set(data, 300)
      const stack = { data: room.subarray(300, 1500), width: 20, height: 20, planes: 3 }
      expect(skeletonGraph(stack, options, { into: room.subarray(300 + by, 1500 + by) })).toEqual(expected)
    }
  })
})

describe("refusals", () => {
  const good = drawn("###\n...")
  it.each<readonly [unknown, unknown, string]>([
    [good, { pixelSizeUm: 0 }, "pixelSizeUm must be a number above 0 and at most 1000000 (um)"],
    [good, { pixelSizeUm: -1 }, "pixelSizeUm"],
    [good, { pixelSizeUm: Number.NaN }, "pixelSizeUm"],
    [good, { pixelSizeUm: "1" }, "pixelSizeUm"],
    [good, { minBranchLengthUm: -1 }, "minBranchLengthUm must be a number from 0"],
    [good, { minBranchLengthUm: Number.POSITIVE_INFINITY }, "minBranchLengthUm"],
    [good, { zSpacingUm: 1 }, "zSpacingUm must be left out"],
    [good, { minBranchLengthUm: 2 }, "minBranchLengthUm must be 0, or given with pixelSizeUm, not 2"],
    [{ ...good, width: 4 }, {}, "4 wide x 2 high = 8 pixels, not 6"],
    [{ ...good, planes: 3 }, {}, "3 wide x 2 high x 3 planes = 18 pixels, not 6"],
    [{ ...good, planes: 0.5 }, {}, "image.planes"],
    [undefined, {}, "image must be { data, width, height }"],
    [{ ...good, data: new Float32Array(6).fill(Number.NaN) }, {}, "NaN at x 0, y 0"],
  ])("of planes name what is wrong (%#)", (image, parameters, text) => {
    const call = () => skeletonGraph(image as Image<Pixels>, parameters as object)
    expect(call).toThrow(text)
    expect(call).toThrow(expect.objectContaining({ _tag: "ImagingError", kernel: "skeleton_graph" }))
  })

  it.each<readonly [unknown, unknown, string]>([
    [good, {}, "volume.planes"],
    [{ ...good, planes: 1 }, { zSpacingUm: 0 }, "zSpacingUm must be a number above 0"],
    [{ ...good, planes: 1 }, { method: "lee" }, "method must be left out"],
    [{ ...good, planes: 1 }, { minBranchLengthUm: 2 }, "minBranchLengthUm must be 0, or given with pixelSizeUm, not 2"],
    [{ ...good, planes: 1 }, { zSpacingUm: 2 }, "zSpacingUm must be left out, or given with pixelSizeUm, not 2"],
    [{ ...good, planes: 1 }, { pixelSizeUm: 2 }, "zSpacingUm must be given with pixelSizeUm, not undefined"],
  ])("of volumes name what is wrong (%#)", (volume, parameters, text) => {
    const call = () => skeletonGraph3d(volume as Stack<Pixels>, parameters as object)
    expect(call).toThrow(text)
    expect(call).toThrow(expect.objectContaining({ _tag: "ImagingError", kernel: "skeleton_graph_3d" }))
  })
})
