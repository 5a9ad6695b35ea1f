/**
 * Results may be written over inputs: where a place for a result shares memory with an input, the operation reads a copy of
 * the input. So no operation has to say in which order it reads and writes.
 *
 * @layer logic
 * @module
 */

type Array = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array

const isArray = (value: unknown): value is Array => ArrayBuffer.isView(value) && !(value instanceof DataView)

/** A shared memory has another buffer object after it has grown, so that two of them may be one memory. */
const isSameMemory = (left: ArrayBufferLike, right: ArrayBufferLike): boolean =>
  left === right || (!(left instanceof ArrayBuffer) && !(right instanceof ArrayBuffer))

/** Whether two arrays share memory. */
export const overlap = (left: Array, right: Array): boolean =>
  isSameMemory(left.buffer, right.buffer) &&
  left.byteOffset < right.byteOffset + right.byteLength &&
  right.byteOffset < left.byteOffset + left.byteLength

const isImage = (value: unknown): value is { readonly data: Array } =>
  typeof value === "object" && value !== null && "data" in value && isArray(value.data)

/**
 * Inputs that share memory with the place for the result are copied. Places are given as arrays, after the inputs; inputs as
 * pictures or as arrays.
 */
const separate = (values: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  if (!values.some(isArray)) return values
  return values.map((value, index) => {
    if (isImage(value)) {
      const { data } = value
      return values.some((place) => isArray(place) && overlap(place, data)) ? { ...value, data: data.slice() } : value
    }
    if (!isArray(value)) return value
    return values.some((place, later) => later > index && isArray(place) && overlap(place, value))
      ? value.slice()
      : value
  })
}

/** The operations of a family, each reading inputs that its result is not written over. */
export const apart = <Ops extends object>(ops: Ops): Ops => {
  const wrapped = Object.entries(ops).map(([name, op]: [string, unknown]) => [
    name,
    typeof op === "function" ? (...values: ReadonlyArray<unknown>) => Reflect.apply(op, ops, separate(values)) : op,
  ])
  // The same names with functions that take and give the same.
  return Object.fromEntries(wrapped) as Ops
}
