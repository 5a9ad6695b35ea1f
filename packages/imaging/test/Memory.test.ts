import { bytesMade } from "./allocations.ts"
import { describe, expect, it } from "vitest"
import { signature as focusSignature } from "../src/BestFocus.ts"
import { estimateSignature } from "../src/FlatField.ts"
import { WasmHeap } from "../src/internal/wasm/heap.ts"
import { signatures } from "../src/Kernels.ts"
import { signature as lowRankSignature } from "../src/LowRankIllumination.ts"
import { pixelDtypes, type Signature } from "../src/Signature.ts"
import { load } from "../src/Wasm.ts"
import { type AnyImage, calls, inputOf, inputsOf, parametersOf } from "./kernelCalls.ts"

/** Its memory is mostly outside of the kernels', and its own tests take their time. */
const elsewhere = new Set(["register_tiles"])

/** They give rows for each of many things found, which in noise is every other pixel: the signature does not hold those. */
const listing = new Set(["local_maxima", "neurites", "neurites_3d", "skeleton_graph", "skeleton_graph_3d"])

/** Besides the parameters that kernels fall back to: those that take more memory. */
const others: Readonly<Record<string, ReadonlyArray<object>>> = {
  best_focus: [{ method: "pixel" }],
  // Iterations beyond the first work on a copy.
  low_rank_illumination: [{ sparseLimit: 60_000, iterationsMax: 3 }],
}

const held = { now: 0, peak: 0, madeBefore: 0, isListing: false }

/** Arrays count from when they are made until the call ends: nobody knows when they are thrown away. */
const look = (): void => {
  held.peak = Math.max(held.peak, held.now + (held.isListing ? 0 : bytesMade() - held.madeBefore))
}
const { give, take } = WasmHeap.prototype
const sizes = new Map<number, number>()

// All heaps of this test file tell what they give out.
WasmHeap.prototype.take = function (this: WasmHeap, bytes: number, kernel: string): number {
  const address = take.call(this, bytes, kernel)
  sizes.set(address, bytes)
  held.now += bytes
  look()
  return address
}
WasmHeap.prototype.give = function (this: WasmHeap, address: number): void {
  look()
  held.now -= sizes.get(address) ?? 0
  sizes.delete(address)
  give.call(this, address)
}

const backend = await load()

/** The most that a call holds at once beyond its inputs, copies of them not counted. */
const peakOf = (signature: Signature, inputs: ReadonlyArray<AnyImage>, parameters: object): number => {
  const before = held.now
  held.isListing = listing.has(signature.name)
  held.peak = before
  held.madeBefore = bytesMade()
  calls[signature.name]?.(inputs, parameters, backend)
  look()
  expect(held.now).toBe(before)
  // Inputs that do not stand on the memory are copied to it.
  const copied = inputs.reduce((sum, { data }) => sum + data.byteLength, 0)
  return held.peak - before - copied
}

const statedOf = ({ memory }: Signature, inputs: ReadonlyArray<AnyImage>): number =>
  memory.bytesPerPixel * (inputs[0]?.data.length ?? 0) + memory.bytes

describe("memory of compiled kernels", () => {
  it.each(
    signatures.filter(({ name }) => !elsewhere.has(name)).map((signature) => [signature.name, signature] as const),
  )("%s takes no more than its signature says, small or large", (name, signature) => {
    for (const dtype of pixelDtypes) {
      for (const [width, height] of [
        [40, 30],
        [600, 500],
      ] as const) {
        const inputs = inputsOf(signature, width, height, 3, dtype)
        for (const more of [{}, ...(others[name] ?? [])]) {
          const peak = peakOf(signature, inputs, { ...parametersOf(signature), ...more })
          expect(peak, `${dtype} ${width} x ${height}`).toBeLessThanOrEqual(statedOf(signature, inputs))
        }
      }
    }
  })

  it("sees arrays however they are made", () => {
    const before = bytesMade()
    const made = [new Float64Array(10), Float64Array.from([1, 2]), Uint8Array.of(1), new Uint16Array([1, 2])]
    expect(bytesMade() - before).toBe(80 + 16 + 1 + 4)
    for (const one of made) {
      one.slice(0, 1)
      one.subarray(0, 1)
      new Uint8Array(one.buffer)
    }
    expect(bytesMade() - before).toBe(101 + 8 + 8 + 1 + 2)
    expect(new ArrayBuffer(5).byteLength).toBe(5)
    expect(bytesMade() - before).toBe(125)
  })

  it("best focus takes most of one plane", () => {
    const stack = { data: new Uint8Array(30_000), width: 200, height: 150, planes: 1 }
    const peak = peakOf(focusSignature, [stack], { method: "pixel" })
    expect(peak).toBeLessThanOrEqual(statedOf(focusSignature, [stack]))
    expect(peak).toBeGreaterThan(16 * 30_000)
  })

  it("illumination of low rank has places for as many planes as it takes", () => {
    // Alike, so that a sweep finds them: all places are taken nonetheless.
    const stack = { data: new Uint8Array(1024).fill(9), width: 1, height: 1, planes: 1024 }
    const peak = peakOf(lowRankSignature, [stack], { rank: 1, sparseLimit: 60_000, iterationsMax: 2 })
    expect(peak).toBeLessThanOrEqual(statedOf(lowRankSignature, [stack]))
    expect(peak).toBeGreaterThan(0.9 * lowRankSignature.memory.bytes)
  })

  it("the estimate of a flat field has places for 64 fields", () => {
    const spec = estimateSignature.inputs[0]
    const { data } = inputOf(spec, "uint16", 128, 128 * 64, 3)
    const fields = { data: data.slice(0, 128 * 128 * 64), width: 128, height: 128, planes: 64 }
    const peak = peakOf(estimateSignature, [fields], { reweightingsMax: 1 })
    expect(peak).toBeLessThanOrEqual(statedOf(estimateSignature, [fields]))
    expect(peak).toBeGreaterThan(0.8 * estimateSignature.memory.bytes)
  })
})
