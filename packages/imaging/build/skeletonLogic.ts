/**
 * Writes the tables of neighbourhoods as logic on 128 pixels at a time: each table of 256 entries becomes a binary decision
 * diagram, and each of its nodes one operation on vectors (Bryant 1986, "Graph-based algorithms for Boolean function
 * manipulation"). The order of the neighbours decides how many nodes there are; the orders below are the best of all
 * 40,320.
 *
 * `node build/skeletonLogic.ts` writes `assembly/skeleton/logic.ts`; `--search` tries all orders again.
 */
import { writeFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { leeNorthTable, simpleTable, voxelNeighbours, voxelParts, zhangTable } from "../src/internal/skeleton/tables.ts"

const names = ["nw", "n", "ne", "e", "se", "s", "sw", "w"] as const

interface Logic {
  readonly name: string
  readonly summary: string
  /** The entry of each of the 256 neighbourhoods, 0 or 1. */
  readonly table: ReadonlyArray<number>
  /** Positions in {@link names}, the root's first. */
  readonly order: ReadonlyArray<number>
}

const zhang = [...zhangTable()]
const logics: ReadonlyArray<Logic> = [
  {
    name: "zhangFirst",
    summary: "Pixels that the first sub-iteration of Zhang's method removes.",
    table: zhang.map((entry) => entry & 1),
    order: [1, 4, 6, 5, 3, 2, 0, 7],
  },
  {
    name: "zhangSecond",
    summary: "Pixels that the second sub-iteration of Zhang's method removes.",
    table: zhang.map((entry) => entry >> 1),
    order: [1, 2, 7, 6, 4, 3, 5, 0],
  },
  {
    name: "leeNorth",
    summary: "Candidates of Lee's method on a plane at borders to the north.",
    table: [...leeNorthTable()],
    order: [1, 3, 5, 2, 4, 7, 6, 0],
  },
]

/** A node: which neighbour it looks at, and where to go when that is set (`high`) or not (`low`). 0 and 1 are the ends. */
interface Node {
  readonly neighbour: number
  readonly high: number
  readonly low: number
}

/** Nodes of a table under an order; the last one is the root. Nodes count from 2. */
const diagramOf = (table: ReadonlyArray<number>, order: ReadonlyArray<number>): ReadonlyArray<Node> => {
  const nodes: Array<Node> = []
  const known = new Map<number, number>()
  // The entries in the order of the variables, the last one fastest; then pairs are joined level by level.
  let level = Array.from({ length: 256 }, (_, row) => {
    let neighbours = 0
    for (const [depth, neighbour] of order.entries()) if (((row >> (7 - depth)) & 1) === 1) neighbours |= 1 << neighbour
    return table[neighbours] ?? 0
  })
  for (const neighbour of order.toReversed()) {
    const next: Array<number> = []
    for (let index = 0; index < level.length; index += 2) {
      const [low = 0, high = 0] = level.slice(index, index + 2)
      if (low === high) {
        next.push(low)
        continue
      }
      const key = (neighbour * 1024 + high) * 1024 + low
      const found = known.get(key) ?? nodes.push({ neighbour, high, low }) + 1
      known.set(key, found)
      next.push(found)
    }
    level = next
  }
  return nodes
}

/** Machine operations: a choice between two values takes three, all else one; a neighbour itself none. */
const costOf = (nodes: ReadonlyArray<Node>): number =>
  nodes.reduce((sum, { high, low }) => sum + (high > 1 && low > 1 ? 3 : high === 1 && low === 0 ? 0 : 1), 0)

const permutations = (items: ReadonlyArray<number>): ReadonlyArray<ReadonlyArray<number>> =>
  items.length === 0
    ? [[]]
    : items.flatMap((item) => permutations(items.filter((other) => other !== item)).map((rest) => [item, ...rest]))

const bestOrder = (table: ReadonlyArray<number>): ReadonlyArray<number> => {
  let best: ReadonlyArray<number> = []
  let least = Number.POSITIVE_INFINITY
  for (const order of permutations([0, 1, 2, 3, 4, 5, 6, 7])) {
    const cost = costOf(diagramOf(table, order))
    if (cost < least) [best, least] = [order, cost]
  }
  return best
}

const expressionOf = ({ high, low, neighbour }: Node): string => {
  const name = names[neighbour] ?? ""
  if (high === 1 && low === 0) return name
  if (high === 0 && low === 1) return `v128.not(${name})`
  if (high === 0) return `v128.andnot(t${low}, ${name})`
  if (low === 0) return `v128.and(t${high}, ${name})`
  if (high === 1) return `v128.or(t${low}, ${name})`
  if (low === 1) return `v128.or(t${high}, v128.not(${name}))`
  return `v128.bitselect(t${high}, t${low}, ${name})`
}

const functionOf = ({ name, order, summary, table }: Logic): string => {
  const nodes = diagramOf(table, order)
  const lines = nodes.map((node, index) => `  const t${index + 2} = ${expressionOf(node)}`)
  return `/** ${summary} ${nodes.length} nodes. */
// @inline
export function ${name}(
${names.map((neighbour) => `  ${neighbour}: v128,`).join("\n")}
): v128 {
${lines.join("\n")}
  return t${nodes.length + 1}
}
`
}

const simple = simpleTable()
/** {@link simpleTable} for three bits of each of three rows, the first row lowest; the middle says nothing. */
const simpleOfRows = Array.from({ length: 512 }, (_, rows) => {
  const clockwise = [0, 1, 2, 5, 8, 7, 6, 3]
  return simple[clockwise.reduce((ring, from, to) => ring | (((rows >> from) & 1) << to), 0)] ?? 0
})

const dataOf = (name: string, summary: string, type: string, values: ReadonlyArray<number>): string => {
  const lines = Array.from({ length: Math.ceil(values.length / 16) }, (_, line) =>
    values.slice(line * 16, line * 16 + 16).join(", "),
  )
  return `/** ${summary} */
export const ${name}: usize = memory.data<${type}>([
${lines.map((line) => `  ${line},`).join("\n")}
])
`
}

const tables = [
  dataOf(
    "simpleRows",
    "1 where the middle of three rows of three bits, the upper row lowest, may go without cutting anything.",
    "u8",
    simpleOfRows,
  ),
  dataOf(
    "voxelNeighbours",
    "Per place of 27 the other places that touch it, the middle left out.",
    "u32",
    voxelNeighbours,
  ),
  dataOf(
    "voxelParts",
    "Places of the voxels that share a part of the middle's surface: 8 corners, 6 faces, 12 edges.",
    "u32",
    [...voxelParts.cornersAndFaces, ...voxelParts.edges],
  ),
]

/** The text of `assembly/skeleton/logic.ts`. */
export const logicText = (): string => `/**
 * Written by build/skeletonLogic.ts: tables of neighbourhoods as logic on the bits of 128 pixels. What is set in the result
 * says nothing about pixels that are themselves unset.
 */

${[...logics.map(functionOf), ...tables].join("\n")}`

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  if (process.argv.includes("--search")) {
    for (const { name, table } of logics) {
      const order = bestOrder(table)
      const nodes = diagramOf(table, order)
      process.stdout.write(`${name} [${order.join(", ")}] ${nodes.length} nodes, ${costOf(nodes)} operations\n`)
    }
  } else {
    writeFileSync(fileURLToPath(new URL("../assembly/skeleton/logic.ts", import.meta.url)), logicText())
  }
}
