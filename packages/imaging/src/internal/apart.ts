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

/** An input for a kernel that writes its result itself: a copy, where the place for the result shares memory with it. */
export const apartFrom = <A extends Array>(into: Array | undefined, data: A): A =>
  // `slice` keeps the class of the array that it is called on; TypeScript widens it.
  into !== undefined && overlap(into, data) ? (data.slice() as A) : data

/** The arrays of an object with several, such as the fields of a correction. */
const separateMembers = (value: object, places: ReadonlyArray<Array>): object => {
  const members = Object.entries(value).map(([name, member]: [string, unknown]) => [
    name,
    isArray(member) && places.some((place) => overlap(place, member)) ? member.slice() : member,
  ])
  return Object.fromEntries(members) as object
}

/**
 * Inputs that share memory with the place for the result are copied. Places are given as arrays, after the inputs; inputs as
 * pictures, as arrays, or as objects that have arrays.
 */
const separate = (values: ReadonlyArray<unknown>): ReadonlyArray<unknown> => {
  if (!values.some(isArray)) return values
  return values.map((value, index) => {
    if (isImage(value)) {
      const { data } = value
      return values.some((place) => isArray(place) && overlap(place, data)) ? { ...value, data: data.slice() } : value
    }
    if (!isArray(value)) {
      if (typeof value !== "object" || value === null) return value
      const places = values.filter(isArray)
      const isShared = Object.values(value).some(
        (member) => isArray(member) && places.some((place) => overlap(place, member)),
      )
      return isShared ? separateMembers(value, places) : value
    }
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
