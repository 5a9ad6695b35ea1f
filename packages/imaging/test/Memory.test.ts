import { describe, expect, it } from "vitest"
import { WasmHeap } from "../src/internal/wasm/heap.ts"
import { signatures } from "../src/Kernels.ts"
import { pixelDtypes } from "../src/Signature.ts"
import { load } from "../src/Wasm.ts"
import { calls, inputsOf, parametersOf } from "./kernelCalls.ts"

/** Their memory is mostly outside of the kernels', and their own tests take their time. */
const elsewhere = new Set(["register_tiles", "estimate_flat_field"])

const held = { now: 0, peak: 0 }
const { give, take } = WasmHeap.prototype
const sizes = new Map<number, number>()

// All heaps of this test file tell what they give out.
WasmHeap.prototype.take = function (this: WasmHeap, bytes: number, kernel: string): number {
  const address = take.call(this, bytes, kernel)
  sizes.set(address, bytes)
  held.now += bytes
  held.peak = Math.max(held.peak, held.now)
  return address
}
WasmHeap.prototype.give = function (this: WasmHeap, address: number): void {
  held.now -= sizes.get(address) ?? 0
  sizes.delete(address)
  give.call(this, address)
}

const backend = await load()

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
        const before = held.now
        held.peak = before
        calls[name]?.(inputs, parametersOf(signature), backend)
        // Inputs that do not stand on the memory are copied to it.
        const copied = inputs.reduce((sum, { data }) => sum + data.byteLength, 0)
        const pixels = inputs[0]?.data.length ?? 0
        const { bytes, bytesPerPixel } = signature.memory
        expect(held.peak - before, `${dtype} ${width} x ${height}`).toBeLessThanOrEqual(
          bytesPerPixel * pixels + bytes + copied,
        )
        expect(held.now).toBe(before)
      }
    }
  })
})
