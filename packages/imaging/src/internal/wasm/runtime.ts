/**
 * The compiled kernels on one memory: functions by name, and places for pictures that live as long as one call.
 *
 * @layer logic
 * @module
 */
import { allocate, type DtypeArrays, dtypeOf, type OutputDtype, type Pixels } from "../../Image.ts"
import { ImagingError } from "../../ImagingError.ts"
import { WasmHeap } from "./heap.ts"

/** Families of kernels that are compiled together. Each has 64 KiB for constants at its own address. */
export const families = ["intensity", "morphology", "filters", "objects", "skeleton", "registration"] as const
/** The name of a family. */
export type Family = (typeof families)[number]

/** A function of a compiled family; pointers and lengths are whole numbers. */
export type WasmFunction = (...values: ReadonlyArray<number>) => number

/** The functions of a compiled family by name. */
export interface WasmFunctions {
  readonly [name: string]: WasmFunction
}

/** Bytes of one pixel of each type. */
export const bytesOf: { readonly [D in OutputDtype]: number } = { uint8: 1, uint16: 2, float32: 4, uint32: 4 }

/** Where a result is written, and how it is handed over. */
export interface OutputPlace<P extends Pixels | Uint32Array> {
  readonly pointer: number
  /** The result: where the caller asked for it, else as an array of its own. Ask once, after the work. */
  readonly take: () => P
}

/** Places of one call; all of them are given back when it ends. */
export interface Frame {
  /** The address of pixels: where they stand, if on this memory, else of a copy. */
  readonly input: (data: Pixels | Uint32Array | Float64Array | Int32Array) => number
  readonly output: <D extends OutputDtype>(
    dtype: D,
    length: number,
    into?: Pixels | Uint32Array,
  ) => OutputPlace<DtypeArrays[D]>
  /** As `output`, of the type of other pixels. */
  readonly outputLike: <P extends Pixels | Uint32Array>(data: P, length: number, into?: P) => OutputPlace<P>
  /** Bytes for intermediate results, not cleared. */
  readonly scratch: (bytes: number) => number
  /** Views on the memory, good until the next place is taken. */
  readonly uint8: (pointer: number, length: number) => Uint8Array
  readonly uint16: (pointer: number, length: number) => Uint16Array
  readonly uint32: (pointer: number, length: number) => Uint32Array
  readonly int32: (pointer: number, length: number) => Int32Array
  readonly float32: (pointer: number, length: number) => Float32Array
  readonly float64: (pointer: number, length: number) => Float64Array
}

/** The compiled kernels of one thread. */
export class WasmRuntime {
  readonly memory: WebAssembly.Memory
  readonly #heap: WasmHeap
  readonly #functions: Readonly<Record<Family, WasmFunctions>>
  /** A shared memory has another buffer object after it has grown; arrays on the older ones are on the memory too. */
  readonly #buffers = new WeakSet<ArrayBufferLike>()
  /** The arrays of {@link allocate} that have not been given back. */
  readonly #allocated = new WeakSet<Pixels | Uint32Array>()

  constructor(memory: WebAssembly.Memory, maximumBytes: number, functions: Readonly<Record<Family, WasmFunctions>>) {
    this.memory = memory
    this.#heap = new WasmHeap(memory, maximumBytes)
    this.#functions = functions
  }

  /** A function of a family. */
  function(family: Family, name: string): WasmFunction {
    const found = this.#functions[family][name]
    if (found === undefined) {
      throw new ImagingError(name, { _tag: "BackendUnavailable", cause: `the compiled ${family} kernels lack ${name}` })
    }
    return found
  }

  /** An array on the memory: kernels read it and write it without a copy. Given back with {@link release}. */
  allocate<D extends OutputDtype>(dtype: D, length: number): DtypeArrays[D] {
    const data = this.view(dtype, this.#heap.take(length * bytesOf[dtype], "allocate"), length)
    this.#allocated.add(data)
    return data
  }

  /** Gives the place of an array back, once: by then the place may be another's. Other arrays are left alone. */
  release(data: Pixels | Uint32Array): void {
    if (this.#allocated.delete(data)) this.#heap.give(data.byteOffset)
  }

  /** Bytes that are given out at the moment. */
  get heldBytes(): number {
    return this.#heap.heldBytes
  }

  /** Whether an array stands on this memory. */
  isHere(data: { readonly buffer: ArrayBufferLike }): boolean {
    // An array on a buffer object that was never seen here is copied: slower, and right all the same.
    this.#buffers.add(this.memory.buffer)
    return this.#buffers.has(data.buffer)
  }

  /** Runs one call; its places are given back however it ends. */
  frame<A>(kernel: string, use: (frame: Frame) => A): A {
    const taken: Array<number> = []
    const take = (bytes: number): number => {
      const pointer = this.#heap.take(bytes, kernel)
      taken.push(pointer)
      return pointer
    }
    const frame: Frame = {
      input: (data) => {
        if (this.isHere(data)) return data.byteOffset
        const pointer = take(data.byteLength)
        const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
        new Uint8Array(this.memory.buffer, pointer, data.byteLength).set(bytes)
        return pointer
      },
      output: (dtype, length, into) => {
        if (into !== undefined && this.isHere(into)) {
          return { pointer: into.byteOffset, take: () => this.view(dtype, into.byteOffset, length) }
        }
        const pointer = take(length * bytesOf[dtype])
        return {
          pointer,
          take: () => {
            const result = allocate(dtype, into === undefined ? length : 0)
            const target = into === undefined ? result : into
            target.set(this.view(dtype, pointer, length))
            // `into` was checked to be of this type before the call.
            return target as typeof result
          },
        }
      },
      outputLike: <P extends Pixels | Uint32Array>(data: P, length: number, into?: P): OutputPlace<P> => {
        const { pointer, take: result } = frame.output(dtypeOf(data), length, into)
        // `dtypeOf` names the class of `data`.
        return { pointer, take: () => result() as P }
      },
      scratch: take,
      uint8: (pointer, length) => new Uint8Array(this.memory.buffer, pointer, length),
      uint16: (pointer, length) => new Uint16Array(this.memory.buffer, pointer, length),
      uint32: (pointer, length) => new Uint32Array(this.memory.buffer, pointer, length),
      int32: (pointer, length) => new Int32Array(this.memory.buffer, pointer, length),
      float32: (pointer, length) => new Float32Array(this.memory.buffer, pointer, length),
      float64: (pointer, length) => new Float64Array(this.memory.buffer, pointer, length),
    }
    try {
      return use(frame)
    } finally {
      for (const pointer of taken) this.#heap.give(pointer)
    }
  }

  /** An array on the memory, wherever it is. */
  view<D extends OutputDtype>(dtype: D, pointer: number, length: number): DtypeArrays[D] {
    this.#buffers.add(this.memory.buffer)
    return views[dtype](this.memory.buffer, pointer, length)
  }
}

const views: {
  readonly [D in OutputDtype]: (buffer: ArrayBufferLike, pointer: number, length: number) => DtypeArrays[D]
} = {
  uint8: (buffer, pointer, length) => new Uint8Array(buffer, pointer, length),
  uint16: (buffer, pointer, length) => new Uint16Array(buffer, pointer, length),
  float32: (buffer, pointer, length) => new Float32Array(buffer, pointer, length),
  uint32: (buffer, pointer, length) => new Uint32Array(buffer, pointer, length),
}
