import { Worker } from "node:worker_threads"
import { describe, expect, it } from "vitest"
import { ImagingError } from "../src/ImagingError.ts"
import { WasmHeap } from "../src/internal/wasm/heap.ts"
import { families } from "../src/internal/wasm/runtime.ts"
import { maximumProjection } from "../src/MaximumProjection.ts"
import { attach, load } from "../src/Wasm.ts"
import { uniform } from "./random.ts"

const pageBytes = 65_536

const reasonOf = (work: () => unknown): ImagingError["reason"] => {
  try {
    work()
  } catch (error) {
    if (error instanceof ImagingError) return error.reason
    throw error
  }
  throw new Error("nothing was refused")
}

const heapOf = (pages: number): { readonly heap: WasmHeap; readonly memory: WebAssembly.Memory } => {
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 + pages, shared: true })
  return { heap: new WasmHeap(memory, (1 + pages) * pageBytes), memory }
}

describe("places on a memory", () => {
  it("never overlap, start at multiples of 64, and are taken again once given back, in any order", () => {
    const { heap, memory } = heapOf(512)
    const next = uniform(5)
    const held = new Map<number, number>()
    for (let step = 0; step < 3000; step++) {
      if (next() < 0.55) {
        const bytes = 1 + Math.floor(next() ** 4 * 200_000)
        const start = heap.take(bytes, "test")
        expect(start % 64).toBe(0)
        for (const [other, size] of held) expect(start + bytes <= other || other + size <= start).toBe(true)
        held.set(start, bytes)
      } else {
        const [start] = held.keys()
        if (start === undefined) continue
        held.delete(start)
        heap.give(start)
      }
    }
    for (const start of held.keys()) heap.give(start)
    expect(heap.heldBytes).toBe(0)
    // All of it is one span again: the largest place fits without growing.
    const before = memory.buffer.byteLength
    heap.take(before - pageBytes, "test")
    expect(memory.buffer.byteLength).toBe(before)
  })

  it("a place that does not fit is refused with what it needs and what there is, and harms nothing", () => {
    const { heap } = heapOf(4)
    const first = heap.take(100_000, "test")
    expect(reasonOf(() => heap.take(300_000, "white_top_hat"))).toEqual({
      _tag: "TooLarge",
      neededBytes: 300_032,
      heldBytes: 100_032,
      limitBytes: 5 * pageBytes,
    })
    heap.give(first)
    expect(heap.heldBytes).toBe(0)
    heap.take(4 * pageBytes, "test")
  })

  it("giving back what was never given out changes nothing", () => {
    const { heap } = heapOf(64)
    const start = heap.take(64, "test")
    heap.give(start + 64)
    expect(heap.heldBytes).toBe(64)
    heap.give(start)
    heap.give(start)
    expect(heap.heldBytes).toBe(0)
  })
})

describe("the compiled backend", () => {
  it("a size of memory that cannot be is refused with its range", async () => {
    for (const maximumBytes of [0, -1, Number.NaN, 1.5, 2 ** 33]) {
      await expect(load({ maximumBytes })).rejects.toThrow(/maximumBytes must be a whole number from \d+ to 4294967296/)
    }
  })

  it("pictures larger than its memory are refused by size, with the kernel's name, and the next ones work", async () => {
    const backend = await load({ maximumBytes: (families.length + 2) * pageBytes })
    const large = { data: new Uint16Array(300 * 300), width: 300, height: 300, planes: 1 }
    expect(reasonOf(() => maximumProjection(large, {}, { backend }))._tag).toBe("TooLarge")
    const small = { data: Uint16Array.of(3, 4), width: 2, height: 1, planes: 1 }
    expect(maximumProjection(small, {}, { backend }).data).toEqual(small.data)
    expect(backend.heldBytes()).toBe(0)
  })

  it("arrays are handed to other threads as places, and are the same memory there", async () => {
    const backend = await load()
    const other = await attach(backend.share)
    for (const dtype of ["uint8", "uint16", "float32", "uint32"] as const) {
      const data = backend.allocate(dtype, 7)
      data.set([1, 2, 3, 4, 5, 6, 7])
      const place = structuredClone(backend.placeOf(data))
      expect(place).toEqual({ dtype, byteOffset: data.byteOffset, length: 7 })
      if (place === undefined) throw new Error("the array stands on the memory")
      const there = other.arrayAt(place)
      there[3] = 40
      expect(Array.from(data)).toEqual([1, 2, 3, 40, 5, 6, 7])
    }
    expect(backend.placeOf(new Uint8Array(3))).toBeUndefined()
  })

  it("places that are not on the memory are refused", async () => {
    const backend = await load()
    const good = { dtype: "uint16", byteOffset: 64, length: 4 } as const
    const text: unknown = "float64"
    for (const [place, parameter] of [
      [{ ...good, dtype: text as "uint8" }, "place.dtype"],
      [{ ...good, byteOffset: 65 }, "place.byteOffset"],
      [{ ...good, byteOffset: -2 }, "place.byteOffset"],
      [{ ...good, byteOffset: 2 ** 40 }, "place.byteOffset"],
      [{ ...good, length: 2 ** 40 }, "place.length"],
      [{ ...good, length: 0 }, "place.length"],
    ] as const) {
      expect(reasonOf(() => backend.arrayAt(place))).toMatchObject({ parameter })
    }
    expect(reasonOf(() => backend.allocate(text as "uint8", 3))).toMatchObject({ parameter: "dtype" })
  })

  it("a place is given back once: by then it may be another's", async () => {
    const backend = await load()
    const first = backend.allocate("uint16", 100)
    backend.release(first)
    const second = backend.allocate("uint16", 100)
    expect(second.byteOffset).toBe(first.byteOffset)
    second.fill(7)
    backend.release(first)
    backend.release(second.subarray(0))
    const third = backend.allocate("uint16", 100).fill(9)
    expect(third.byteOffset).not.toBe(second.byteOffset)
    expect(second[0]).toBe(7)
  })

  it("arguments that are none are refused with a type", async () => {
    const backend = await load()
    const wrong = (value: unknown) => value as never
    for (const value of [null, undefined, 3, new Float64Array(4)]) {
      expect(reasonOf(() => backend.placeOf(wrong(value)))).toMatchObject({ parameter: "data" })
      expect(reasonOf(() => backend.release(wrong(value)))).toMatchObject({ parameter: "data" })
    }
    expect(reasonOf(() => backend.arrayAt(wrong(undefined)))).toMatchObject({ parameter: "place" })
    await expect(load(wrong(null))).rejects.toThrow("load: options must be { maximumBytes }, not null")
    await expect(attach(wrong({}))).rejects.toThrow("attach: share must be")
    await expect(attach(wrong(undefined))).rejects.toThrow("attach: share must be")
  })

  it("places of a length that cannot be are refused, and hold nothing", async () => {
    const backend = await load()
    const text: unknown = "4"
    for (const length of [-5, 0, 1.5, Number.NaN, Infinity, text as number]) {
      expect(reasonOf(() => backend.allocate("uint16", length))).toMatchObject({ parameter: "length" })
    }
    expect(backend.heldBytes()).toBe(0)
  })

  it("two backends on one memory have places of their own", async () => {
    const one = await load()
    const other = await attach(one.share)
    const arrays = Array.from({ length: 20 }, (_, index) => {
      const array = (index % 2 === 0 ? one : other).allocate("uint32", 70_000)
      array.fill(index)
      return array
    })
    for (const [index, array] of arrays.entries()) expect(array.every((value) => value === index)).toBe(true)
  })

  it("a worker thread computes on pixels that the first thread put on the memory", async () => {
    const backend = await load()
    const input = backend.allocate("uint16", 3 * 64)
    for (let index = 0; index < input.length; index++) input[index] = (index * 37) % 256
    const into = backend.allocate("uint16", 64)
    const worker = new Worker(new URL("projectionThread.ts", import.meta.url), {
      workerData: { share: backend.share, source: input.byteOffset, target: into.byteOffset },
    })
    const ended = await new Promise((resolve, reject) => {
      worker.once("message", resolve)
      worker.once("error", reject)
    })
    await worker.terminate()
    expect(ended).toBe("done")
    const expected = Array.from({ length: 64 }, (_, at) => Math.max(input[at], input[64 + at], input[128 + at]))
    expect(Array.from(into)).toEqual(expected)
  })
})
