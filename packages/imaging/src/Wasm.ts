/**
 * The compiled backend: kernels in WebAssembly with SIMD, on one memory that threads may share.
 *
 * @layer logic
 * @module
 */
import type { Backend } from "./Backend.ts"
import { type DtypeArrays, type DtypeOf, dtypeOf, type OutputDtype, type Pixels } from "./Image.ts"
import { ImagingError } from "./ImagingError.ts"
import { refused } from "./internal/refused.ts"
import { apart } from "./internal/apart.ts"
import { wasmIntensity } from "./internal/intensity/wasm.ts"
import { intensityBytes } from "./internal/wasm/intensityBytes.ts"
import { wasmMorphology } from "./internal/morphology/wasm.ts"
import { morphologyBytes } from "./internal/wasm/morphologyBytes.ts"
import { wasmFilters } from "./internal/filters/wasm.ts"
import { filtersBytes } from "./internal/wasm/filtersBytes.ts"
import { wasmObjects } from "./internal/objects/wasm.ts"
import { objectsBytes } from "./internal/wasm/objectsBytes.ts"
import { wasmSkeleton } from "./internal/skeleton/wasm.ts"
import { skeletonBytes } from "./internal/wasm/skeletonBytes.ts"
import { wasmRegistration } from "./internal/registration/wasm.ts"
import { registrationBytes } from "./internal/wasm/registrationBytes.ts"
import {
  bytesOf,
  families,
  type Family,
  type WasmFunction,
  WasmRuntime,
  type WasmFunctions,
} from "./internal/wasm/runtime.ts"

/** What another thread needs to work on the same memory; it can be posted to it as it is. @category models */
export interface WasmShare {
  readonly memory: WebAssembly.Memory
  readonly maximumBytes: number
  readonly modules: Readonly<Record<Family, WebAssembly.Module>>
}

/** Where an array stands on the shared memory: plain data that can be posted. @category models */
export interface Place<D extends OutputDtype = OutputDtype> {
  readonly dtype: D
  readonly byteOffset: number
  readonly length: number
}

/** The compiled backend of one thread. @category models */
export interface WasmBackend extends Backend {
  readonly name: "wasm"
  readonly share: WasmShare
  /** An array on the shared memory: kernels take it, and write their result `into` it, without a copy. Not cleared. */
  readonly allocate: <D extends OutputDtype>(dtype: D, length: number) => DtypeArrays[D]
  /** Where an array stands on the shared memory, to be posted to another thread; `undefined` for arrays that stand elsewhere. */
  readonly placeOf: <P extends Pixels | Uint32Array>(data: P) => Place<DtypeOf<P>> | undefined
  /** The array at a place that another thread has posted. Posted itself, an array would be copied in and out of each kernel. */
  readonly arrayAt: <D extends OutputDtype>(place: Place<D>) => DtypeArrays[D]
  /** Gives the place of an array of this thread's {@link allocate} back; a second time, and for other arrays, it does nothing: arrays of other threads are theirs to give back. */
  readonly release: (data: Pixels | Uint32Array) => void
  /** Bytes of this thread's places that are given out. */
  readonly heldBytes: () => number
}

/** The most memory that a backend takes unless it is told otherwise, in bytes. @category constants */
export const maximumBytesDefault = 2 * 1024 ** 3

const pageBytes = 65_536
/** The most that WebAssembly can address. */
const maximumBytesMax = 65_536 * pageBytes
/** Page 0 stays empty, so that address 0 is never a picture's; then one page of constants for each family. */
const constantPages = families.length + 1

const encoded: { readonly [F in Family]: string } = {
  intensity: intensityBytes,
  morphology: morphologyBytes,
  filters: filtersBytes,
  objects: objectsBytes,
  skeleton: skeletonBytes,
  registration: registrationBytes,
}

const dtypes: ReadonlyArray<unknown> = ["uint8", "uint16", "float32", "uint32"] satisfies ReadonlyArray<OutputDtype>
const isDtype = (value: unknown): boolean => dtypes.includes(value)

const isObject = (value: unknown): boolean => typeof value === "object" && value !== null
const isPixels = (value: unknown): boolean =>
  value instanceof Uint8Array ||
  value instanceof Uint16Array ||
  value instanceof Float32Array ||
  value instanceof Uint32Array

const unavailable = (cause: unknown): ImagingError =>
  new ImagingError(
    "load",
    { _tag: "BackendUnavailable", cause: cause instanceof Error ? cause.message : String(cause) },
    ["take the backend `typescript`, or a browser or Node of 2023 or later"],
  )

const decode = (text: string): Uint8Array<ArrayBuffer> => {
  const characters = atob(text)
  const bytes = new Uint8Array(characters.length)
  for (let index = 0; index < bytes.length; index++) bytes[index] = characters.charCodeAt(index)
  return bytes
}

/**
 * Compiles the kernels on a memory of their own.
 *
 * Fails with an `ImagingError`: `InvalidParameter` for a size that cannot be, `BackendUnavailable` where WebAssembly, its
 * SIMD or its shared memory is not there.
 *
 * @category constructors
 */
export const load = async (options: { readonly maximumBytes?: number } = {}): Promise<WasmBackend> => {
  if (!isObject(options)) throw refused("load", "options", "{ maximumBytes }", options)
  const { maximumBytes = maximumBytesDefault } = options
  const least = (constantPages + 1) * pageBytes
  if (!Number.isInteger(maximumBytes) || maximumBytes < least || maximumBytes > maximumBytesMax) {
    throw new ImagingError("load", {
      _tag: "InvalidParameter",
      parameter: "maximumBytes",
      expected: `a whole number from ${least} to ${maximumBytesMax}`,
      actual: String(maximumBytes),
    })
  }
  try {
    const maximum = Math.floor(maximumBytes / pageBytes)
    const memory = new WebAssembly.Memory({ initial: constantPages, maximum, shared: true })
    const compiled = await Promise.all(families.map((family) => WebAssembly.compile(decode(encoded[family]))))
    const [intensity, morphology, filters, objects, skeleton, registration] = compiled
    const all = { intensity, morphology, filters, objects, skeleton, registration }
    if (!isComplete(all)) throw new Error("a module was not compiled")
    return await attach({ memory, maximumBytes, modules: all })
  } catch (cause) {
    throw cause instanceof ImagingError ? cause : unavailable(cause)
  }
}

type Modules = WasmShare["modules"]

const isComplete = (modules: { readonly [F in Family]: WebAssembly.Module | undefined }): modules is Modules =>
  families.every((family) => modules[family] !== undefined)

/** The same kernels and memory for this thread, from what another thread has loaded. @category constructors */
export const attach = async (share: WasmShare): Promise<WasmBackend> => {
  if (!isObject(share) || !(share.memory instanceof WebAssembly.Memory) || !isObject(share.modules)) {
    throw refused("attach", "share", "the `share` of a backend that another thread has loaded", share)
  }
  const { maximumBytes, memory, modules } = share
  try {
    const functions = await Promise.all(
      families.map(
        async (family) => [family, functionsOf((await instantiate(modules[family], memory)).exports)] as const,
      ),
    )
    const byFamily: Record<Family, WasmFunctions> = {
      intensity: {},
      morphology: {},
      filters: {},
      objects: {},
      skeleton: {},
      registration: {},
    }
    for (const [family, exported] of functions) byFamily[family] = exported
    const runtime = new WasmRuntime(memory, maximumBytes, byFamily)
    return {
      name: "wasm",
      share,
      intensity: apart(wasmIntensity(runtime)),
      morphology: apart(wasmMorphology(runtime)),
      filters: apart(wasmFilters(runtime)),
      objects: apart(wasmObjects(runtime)),
      skeleton: apart(wasmSkeleton(runtime)),
      registration: apart(wasmRegistration(runtime)),
      allocate: (dtype, length) => {
        if (!isDtype(dtype)) throw refused("allocate", "dtype", `one of ${dtypes.join(", ")}`, dtype)
        if (!Number.isInteger(length) || length < 1 || length > maximumBytes) {
          throw refused("allocate", "length", `a whole number from 1 to ${maximumBytes}`, length)
        }
        return runtime.allocate(dtype, length)
      },
      placeOf: <P extends Pixels | Uint32Array>(data: P) => {
        if (!isPixels(data)) throw refused("placeOf", "data", `a typed array of ${dtypes.join(", ")}`, data)
        if (!runtime.isHere(data)) return undefined
        // `dtypeOf` names the class of `data`.
        return { dtype: dtypeOf(data) as DtypeOf<P>, byteOffset: data.byteOffset, length: data.length }
      },
      arrayAt: (place) => {
        if (!isObject(place)) throw refused("arrayAt", "place", "{ dtype, byteOffset, length }", place)
        const { byteOffset, dtype, length } = place
        if (!isDtype(dtype)) throw refused("arrayAt", "place.dtype", `one of ${dtypes.join(", ")}`, dtype)
        const end = memory.buffer.byteLength
        const bytes = bytesOf[dtype]
        if (!Number.isInteger(byteOffset) || byteOffset < 0 || byteOffset % bytes !== 0 || byteOffset > end) {
          throw refused("arrayAt", "place.byteOffset", `a multiple of ${bytes} within the memory`, byteOffset)
        }
        if (!Number.isInteger(length) || length < 1 || byteOffset + length * bytes > end) {
          throw refused("arrayAt", "place.length", `within the memory of ${end} bytes`, length)
        }
        return runtime.view(dtype, byteOffset, length)
      },
      release: (data) => {
        if (!isPixels(data)) throw refused("release", "data", "an array of allocate", data)
        runtime.release(data)
      },
      heldBytes: () => runtime.heldBytes,
    }
  } catch (cause) {
    throw unavailable(cause)
  }
}

const instantiate = (module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<WebAssembly.Instance> =>
  WebAssembly.instantiate(module, { env: { memory } })

const functionsOf = (exported: WebAssembly.Exports): WasmFunctions => {
  const functions: Record<string, WasmFunction> = {}
  for (const [name, value] of Object.entries(exported)) {
    // All exported functions take and give numbers alone: the build refuses others.
    if (typeof value === "function") functions[name] = value as WasmFunction
  }
  return functions
}
