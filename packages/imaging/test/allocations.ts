/**
 * Counts the bytes of all typed arrays and buffers that are made in JavaScript from when this module is loaded: it must be imported
 * before the kernels, some of which keep the constructors. Views of buffers that exist count nothing; arrays of plain JavaScript are not
 * seen.
 */
const made = { bytes: 0 }

const count = (bytes: number): void => {
  made.bytes += bytes
}

const names = [
  "Int8Array",
  "Uint8Array",
  "Uint8ClampedArray",
  "Int16Array",
  "Uint16Array",
  "Int32Array",
  "Uint32Array",
  "Float32Array",
  "Float64Array",
  "BigInt64Array",
  "BigUint64Array",
] as const

const isBuffer = (value: unknown): boolean => value instanceof ArrayBuffer || value instanceof SharedArrayBuffer

/** The constructor with a count of what it makes; instances, `from` and `instanceof` are its own. */
const counted = (original: new (...values: ReadonlyArray<never>) => { readonly byteLength: number }): object =>
  new Proxy(original, {
    construct: (target, values, as) => {
      // The values are those that the constructor was called with, whatever they are.
      const one = Reflect.construct(target, values, as) as { readonly byteLength: number }
      if (!isBuffer(values[0])) count(one.byteLength)
      return one
    },
  })

for (const name of names) {
  const original = globalThis[name]
  const kind = counted(original)
  // `slice`, `map`, `filter` and `subarray` make arrays by the species of the constructor that instances name.
  Object.defineProperty(original, Symbol.species, { configurable: true, value: kind })
  Reflect.set(globalThis, name, kind)
}
Reflect.set(globalThis, "ArrayBuffer", counted(globalThis.ArrayBuffer))

/** The bytes made so far. */
export const bytesMade = (): number => made.bytes
