/**
 * The backends that every kernel is tested on: the same test runs on each, so that one result is meant.
 */
import { type Backend, typescript } from "../src/Backend.ts"
import { load, type WasmBackend } from "../src/Wasm.ts"

/** The compiled backend of this test file. */
export const wasm: WasmBackend = await load()

/** Name and backend, for `describe.each`. */
export const backends: ReadonlyArray<readonly [name: string, backend: Backend]> = [
  ["typescript", typescript],
  ["wasm", wasm],
]
