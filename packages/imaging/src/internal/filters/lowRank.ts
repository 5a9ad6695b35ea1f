/**
 * The light of a stack as its part of low rank, in plain TypeScript: planes are rows, and the eigenvectors of their products with each
 * other give the part without a decomposition of millions of columns. Pixels are worked on in blocks that stay in the cache.
 *
 * @layer logic
 * @module
 */
import { dtypeOf, type Pixels, rangeMaxOf, type Stack } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import { eigenvectors } from "./eigenvectors.ts"
import { blockOf, blockPx, byThrees, gather, project, sumProducts } from "./lowRankBlocks.ts"

/** What the split is told. */
export interface LowRankOptions {
  readonly rank: number
  readonly lightShrinkage: number
  readonly sparseLimit: number
  readonly iterationsMax: number
  readonly tolerance: number
  readonly correction: "divide" | "subtract"
  readonly keepMean: boolean
}

/** A corrected stack, and how its light was found. */
export interface LowRank<P extends Pixels> {
  readonly data: P
  readonly iterations: number
  readonly residual: number
  readonly lightMean: number
}

/** What keeps the division from 0. */
const divisorOffset = 1e-6

/** A stack with what is known of its light, and places to work on a block. */
interface Split {
  readonly data: Pixels
  /** The pixels without their sparse part; the pixels themselves at first. */
  readonly rest: Pixels
  readonly planes: number
  readonly size: number
  readonly vectors: ReadonlyArray<Float64Array>
  readonly factor: number
  /** Of the block that is worked on: the rest, its light, and the pixels. */
  readonly block: Float64Array
  readonly light: Float64Array
  readonly given: Float64Array
}

/** Fills the places of a block; its length. */
const lightBlock = (
  { block, data, factor, given, light, planes, rest, size, vectors }: Split,
  start: number,
): number => {
  const length = Math.min(blockPx, size - start)
  gather(rest, start, length, size, planes, block)
  project(block, length, planes, vectors, factor, light)
  if (given !== block) gather(data, start, length, size, planes, given)
  return length
}

/** The norm of what neither light nor sparse part explains. */
const unexplained = (split: Split, limit: number): number => {
  const { given, light, planes, size } = split
  let square = 0
  for (let start = 0; start < size; start += blockPx) {
    const length = lightBlock(split, start)
    for (let plane = 0; plane < planes; plane++) {
      for (let at = plane * blockPx; at < plane * blockPx + length; at++) {
        const open = Math.min(limit, Math.max(-limit, given[at] - light[at]))
        square += open * open
      }
    }
  }
  return Math.sqrt(square)
}

/** The pixels without what is sparse: the light, and what beside it is too little to be sparse. */
const withoutSparse = (split: Split, limit: number, into: Float32Array): void => {
  const { given, light, planes, size } = split
  for (let start = 0; start < size; start += blockPx) {
    const length = lightBlock(split, start)
    for (let plane = 0; plane < planes; plane++) {
      const [from, to] = [plane * blockPx, plane * size + start]
      for (let index = 0; index < length; index++) {
        const lit = light[from + index]
        into[to + index] = lit + Math.min(limit, Math.max(-limit, given[from + index] - lit))
      }
    }
  }
}

/** The mean of the light, from the sums of planes. */
const lightMeanOf = ({ data, factor, planes, vectors }: Split, sums: Float64Array): number => {
  let mean = 0
  for (const vector of vectors) {
    let [along, total] = [0, 0]
    for (let plane = 0; plane < planes; plane++) {
      along += vector[plane] * sums[plane]
      total += vector[plane]
    }
    mean += (factor * along * total) / data.length
  }
  return mean
}

const divide = (
  { given, light }: Split,
  from: number,
  length: number,
  kept: number,
  largest: number,
  out: Pixels,
  to: number,
): void => {
  for (let index = 0; index < length; index++) {
    const even = (given[from + index] / (light[from + index] + divisorOffset)) * kept
    out[to + index] = even > 0 ? (even > largest ? largest : even) : 0
  }
}

const subtract = (
  { given, light }: Split,
  from: number,
  length: number,
  kept: number,
  largest: number,
  out: Pixels,
  to: number,
): void => {
  for (let index = 0; index < length; index++) {
    const even = given[from + index] - light[from + index] + kept
    out[to + index] = even > 0 ? (even > largest ? largest : even) : 0
  }
}

/** The pixels over their light, or less it; whole numbers are cut off, not rounded, as the reference does. */
const correct = (split: Split, { correction, keepMean }: LowRankOptions, lightMean: number, out: Pixels): void => {
  const { planes, size } = split
  const dtype = dtypeOf(out)
  const largest = dtype === "float32" ? Number.POSITIVE_INFINITY : rangeMaxOf(dtype)
  const divides = correction === "divide"
  const kept = keepMean ? lightMean : divides ? 1 : 0
  for (let start = 0; start < size; start += blockPx) {
    const length = lightBlock(split, start)
    for (let plane = 0; plane < planes; plane++) {
      const [from, to] = [plane * blockPx, plane * size + start]
      if (divides) divide(split, from, length, kept, largest, out, to)
      else subtract(split, from, length, kept, largest, out, to)
    }
  }
}

/** A stack over its light, or less it, in the type it has. */
export const lowRank = <P extends Pixels>(
  stack: Stack<P>,
  options: LowRankOptions,
  into: P | undefined,
): LowRank<P> => {
  const { data, planes } = stack
  const size = stack.width * stack.height
  const { iterationsMax, lightShrinkage, rank, sparseLimit, tolerance } = options
  const [block, light] = [blockOf(planes), blockOf(planes)]
  const [products, turns] = [new Float64Array(planes * planes), new Float64Array(planes * planes)]
  const sums = new Float64Array(planes)
  const places = { data, planes, size, factor: 1 - lightShrinkage, block, light }
  let rest: Pixels = data
  let given = block
  let work: Float32Array | undefined
  let norm = 0
  for (let iteration = 1; ; iteration++) {
    sumProducts(rest, planes, size, block, products, sums)
    if (iteration === 1) {
      for (let plane = 0; plane < planes; plane++) norm += products[plane * (planes + 1)]
      norm = Math.sqrt(norm)
    }
    const vectors = byThrees(eigenvectors(products, planes, rank, turns).vectors, planes)
    const split: Split = { ...places, rest, given, vectors }
    // No pixel leaves more unexplained than the limit of what is sparse, so that bright stacks are done without a look at them.
    const bound = (sparseLimit * Math.sqrt(data.length)) / norm
    const residual = norm === 0 ? 0 : bound < tolerance ? bound : unexplained(split, sparseLimit) / norm
    if (residual < tolerance || iteration >= iterationsMax) {
      const lightMean = lightMeanOf(split, sums)
      const out = into ?? likeOf(data, data.length)
      correct(split, options, lightMean, out)
      return { data: out, iterations: iteration, residual, lightMean }
    }
    work ??= new Float32Array(data.length)
    withoutSparse(split, sparseLimit, work)
    rest = work
    if (given === block) given = blockOf(planes)
  }
}
