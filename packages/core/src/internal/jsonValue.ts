/**
 * Whether a value that a unit returned is JSON as it stands. A number that JSON cannot hold must never become `null` on
 * its way to the ledger, so anything else is an error that names the place.
 *
 * @layer logic
 * @module
 */

/** Nesting that is accepted. */
export const depthMax = 200

export type Problem = { readonly path: string; readonly problem: string }

/** `undefined` where the value is JSON. Members that are `undefined` count as absent. */
export const problemOf = (value: unknown): Problem | undefined => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined
    case "number":
      return Number.isFinite(value) ? undefined : { path: "", problem: String(value) }
    case "undefined":
      return undefined
    default:
      return look(value, "", 0)
  }
}

const look = (value: unknown, path: string, depth: number): Problem | undefined => {
  switch (typeof value) {
    case "string":
    case "boolean":
      return undefined
    case "number":
      return Number.isFinite(value) ? undefined : { path, problem: String(value) }
    case "object":
      break
    default:
      return { path, problem: `a ${typeof value}` }
  }
  if (value === null) return undefined
  if (depth >= depthMax) return { path, problem: `nested deeper than ${depthMax}, or a cycle` }
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      const problem = look(value[i], `${path}[${i}]`, depth + 1)
      if (problem !== undefined) return problem
    }
    return undefined
  }
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== Object.prototype && prototype !== null) {
    const name = value.constructor?.name
    return { path, problem: `an object of class ${typeof name === "string" && name !== "" ? name : "unknown"}` }
  }
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue
    const problem = look(member, path === "" ? key : `${path}.${key}`, depth + 1)
    if (problem !== undefined) return problem
  }
  return undefined
}
