/**
 * Whether a value that a unit returned is JSON as it stands, and a copy of it if so. A number that JSON cannot hold must
 * never become `null` on its way to the ledger, so anything else is an error that names the place. The copy is made in
 * the same pass, so that what was looked at is what is recorded: a getter cannot answer twice, and the work cannot change
 * afterwards what it returned.
 *
 * @layer logic
 * @module
 */
import type { Json } from "effect/Schema"

/** Nesting that is accepted. */
export const depthMax = 200

export type Problem = { readonly path: string; readonly problem: string }

/** A value that is not JSON; the path grows from the inside out while it is thrown. */
class NotJson {
  path = ""
  readonly problem: string
  constructor(problem: string) {
    this.problem = problem
  }
}

/** `undefined` where the value is JSON. Members that are `undefined` count as absent. */
export const problemOf = (value: unknown): Problem | undefined => {
  const copy = copyOf(value)
  return copy._tag === "NotJson" ? copy : undefined
}

/** A copy of a JSON value, `undefined` for `undefined`, or what is wrong with it. Never throws, whatever it is given. */
export const copyOf = (
  value: unknown,
): { readonly _tag: "Json"; readonly value: Json | undefined } | ({ readonly _tag: "NotJson" } & Problem) => {
  if (value === undefined) return { _tag: "Json", value: undefined }
  try {
    return { _tag: "Json", value: copy(value, 0) }
  } catch (error) {
    if (error instanceof NotJson) return { _tag: "NotJson", path: error.path, problem: error.problem }
    // A getter that throws, or a proxy that refuses to be looked at.
    return { _tag: "NotJson", path: "", problem: "an object that cannot be looked at" }
  }
}

const copy = (value: unknown, depth: number): Json => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return value
    case "number":
      if (Number.isFinite(value)) return value
      throw new NotJson(String(value))
    case "object":
      break
    default:
      throw new NotJson(`a ${typeof value}`)
  }
  if (value === null) return null
  if (depth >= depthMax) throw new NotJson(`nested deeper than ${depthMax}, or a cycle`)
  return Array.isArray(value) ? copyArray(value, depth) : copyObject(value, depth)
}

const copyArray = (value: ReadonlyArray<unknown>, depth: number): Json => {
  const out: Array<Json> = []
  for (let i = 0; i < value.length; i++) {
    try {
      out.push(copy(value[i], depth + 1))
    } catch (error) {
      throw at(error, `[${i}]`)
    }
  }
  return out
}

const copyObject = (value: object, depth: number): Json => {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    const name = value.constructor?.name
    throw new NotJson(`an object of class ${typeof name === "string" && name !== "" ? name : "unknown"}`)
  }
  const out: { [key: string]: Json } = {}
  // Each member is read once; a list of entries would be one more array for each.
  for (const key of Object.keys(value)) {
    // One of its own keys, so this is what stands there.
    const member = (value as { readonly [key: string]: unknown })[key]
    if (member === undefined) continue
    let clean: Json
    try {
      clean = copy(member, depth + 1)
    } catch (error) {
      throw at(error, key)
    }
    // Assigning to this one name would change the prototype.
    if (key === "__proto__") {
      Object.defineProperty(out, key, { value: clean, enumerable: true, configurable: true, writable: true })
    } else out[key] = clean
  }
  return out
}

const at = (error: unknown, place: string): unknown => {
  if (error instanceof NotJson) {
    const dot = error.path === "" || error.path.startsWith("[") ? "" : "."
    error.path = `${place}${dot}${error.path}`
  }
  return error
}
