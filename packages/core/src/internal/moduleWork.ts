/**
 * Running a module's work, the same in this process and in a worker thread: loading the export, calling it, checking
 * that what comes back is plain JSON, and describing whatever was thrown. Imports nothing, so that a thread that only
 * runs users' code starts quickly.
 *
 * @layer logic
 * @module
 */
import type { Json } from "effect/Schema"
import type { Unit } from "../Unit.ts"

/** What a module's work is given beside its unit's input. @category models */
export interface ModuleContext {
  readonly unit: Unit
  /** Asks the process that runs the plan; see `WorkHost`. Rejects where the host refuses or there is none. */
  readonly call: (method: string, args: Json) => Promise<Json>
  /** Aborted when the unit is interrupted or runs out of time. */
  readonly signal: AbortSignal
}

/** Nesting of a value that is accepted. */
const depthMax = 200
/** Values (members at all levels) that one result may hold; more than this belongs into a file. */
const nodesMax = 5_000_000
/** Characters kept of a message, of a stack, of all fields as JSON, and of a tag. */
const messageMax = 2_000
const stackMax = 4_000
const fieldsMax = 4_000
const tagMax = 200
/** How deep causes of causes are followed. */
const causesDepthMax = 4

/** A value that is not JSON, with the place. */
export class NotJson extends Error {
  override readonly name = "ValueNotJson"
  readonly path: string
  readonly problem: string
  constructor(path: string, problem: string) {
    super(`${path} is not JSON: ${problem}`)
    this.path = path
    this.problem = problem
  }
}

/**
 * A copy of a value as plain JSON. Throws {@link NotJson} with the path of whatever JSON cannot hold: never is a number
 * that is none turned into `null` in silence. `undefined` members of objects count as absent; a value that is
 * `undefined` as a whole stays so.
 */
export const cloneJson = (value: unknown, name: string): Json | undefined => {
  if (value === undefined) return undefined
  let nodes = 0
  const ancestors = new Set<object>()
  const copy = (value: unknown, path: string, depth: number): Json => {
    if (++nodes > nodesMax) throw new NotJson(name, `it holds more than ${nodesMax} values; write them to a file`)
    switch (typeof value) {
      case "string":
      case "boolean":
        return value
      case "number":
        if (!Number.isFinite(value)) throw new NotJson(path, String(value))
        return value
      case "object":
        break
      default:
        throw new NotJson(path, value === undefined ? "undefined" : `a ${typeof value}`)
    }
    if (value === null) return null
    if (ancestors.has(value)) throw new NotJson(path, "a cycle")
    if (depth >= depthMax) throw new NotJson(path, `nested deeper than ${depthMax}`)
    ancestors.add(value)
    const copied = Array.isArray(value) ? copyArray(value, path, depth) : copyObject(value, path, depth)
    ancestors.delete(value)
    return copied
  }
  const copyArray = (value: ReadonlyArray<unknown>, path: string, depth: number): Json => {
    const length = value.length
    // A sparse array of a huge length must fail at its first hole, not after space was made for it.
    const copied: Array<Json> = []
    for (let i = 0; i < length; i++) copied.push(copy(value[i], `${path}[${i}]`, depth + 1))
    return copied
  }
  const copyObject = (value: object, path: string, depth: number): Json => {
    const prototype: unknown = Object.getPrototypeOf(value)
    // A plain object of another realm (`node:vm`) has that realm's prototype, which itself has none.
    if (prototype !== null && Object.getPrototypeOf(prototype) !== null) {
      throw new NotJson(path, `an object of class ${classOf(value) ?? "unknown"}`)
    }
    const entries: Array<[string, Json]> = []
    for (const key of Object.keys(value)) {
      const at = memberPath(path, key)
      const member = readOr(value, key, at)
      if (member !== undefined) entries.push([key, copy(member, at, depth + 1)])
    }
    // Not by assignment: a member called __proto__ is data too.
    return Object.fromEntries(entries)
  }
  try {
    return copy(value, name, 0)
  } catch (error) {
    if (error instanceof NotJson) throw error
    // A proxy that throws when it is looked at.
    throw new NotJson(name, `it cannot be read (${describeThrown(error).message})`)
  }
}

const readOr = (value: object, key: string, path: string): unknown => {
  try {
    return Reflect.get(value, key)
  } catch (error) {
    throw new NotJson(path, `it cannot be read (${describeThrown(error).message})`)
  }
}

const memberPath = (path: string, key: string): string =>
  /^[A-Za-z_$][\w$]*$/.test(key) ? `${path}.${key}` : `${path}[${JSON.stringify(key.slice(0, tagMax))}]`

const classOf = (value: object): string | undefined => {
  const name = read(read(value, "constructor"), "name")
  return typeof name === "string" && name !== "" ? name.slice(0, tagMax) : undefined
}

/** Whatever was thrown, as data of bounded size. */
export interface Thrown {
  readonly tag: string
  /** True where the thrown value has that tag of its own, and is not only of a class of that name. */
  readonly tagged?: boolean
  readonly message: string
  readonly retryable: boolean
  readonly stack?: string
  readonly fields?: { readonly [key: string]: Json }
  readonly cause?: Thrown
}

/** Describes anything that was thrown; nothing in it can make this throw. */
export const describeThrown = (error: unknown): Thrown => describe(error, 0)

const describe = (error: unknown, depth: number): Thrown => {
  if ((typeof error !== "object" || error === null) && typeof error !== "function") {
    return {
      tag: error === null ? "null" : typeof error,
      message: typeof error === "string" ? bounded(error, messageMax) : `${String(error)} was thrown`,
      retryable: false,
    }
  }
  const stack = read(error, "stack")
  const fields = fieldsOf(error)
  const cause = depth < causesDepthMax ? read(error, "cause") : undefined
  return {
    tag: bounded(tagOf(error), tagMax),
    ...(isTagged(error) ? { tagged: true } : {}),
    message: bounded(messageOf(error), messageMax),
    retryable: read(error, "retryable") === true,
    ...(typeof stack === "string" ? { stack: bounded(stack, stackMax) } : {}),
    ...(fields === undefined ? {} : { fields }),
    ...(cause === undefined || cause === error ? {} : { cause: describe(cause, depth + 1) }),
  }
}

/** Property access that survives getters and proxies that throw. */
const read = (value: unknown, key: string): unknown => {
  if ((typeof value !== "object" || value === null) && typeof value !== "function") return undefined
  try {
    return Reflect.get(value, key)
  } catch {
    return undefined
  }
}

const isTagged = (error: object): boolean => {
  const tag = read(error, "_tag")
  if (typeof tag === "string" && tag !== "") return true
  try {
    return error instanceof HostRefused || error instanceof NotJson
  } catch {
    return false
  }
}

const tagOf = (error: object): string => {
  const tag = read(error, "_tag")
  if (typeof tag === "string" && tag !== "") return tag
  const name = read(error, "name")
  const given = typeof name === "string" && name !== "" ? name : undefined
  // Many classes of errors set no name: then their own says more than "Error".
  if (given !== undefined && given !== "Error") return given
  const className = classOf(error)
  return className ?? given ?? (typeof error === "function" ? "function" : "object")
}

const messageOf = (error: object): string => {
  const message = read(error, "message")
  if (typeof message === "string" && message !== "") return message
  if (typeof error === "function") return "a function was thrown"
  try {
    const text = JSON.stringify(cloneJson(error, "it"))
    if (text !== "{}" && text !== "[]") return text
  } catch {
    // Not JSON: what class it is must do.
  }
  return `an object of class ${classOf(error) ?? "unknown"} without a message was thrown`
}

/** Said elsewhere, or machinery. */
const notFields = new Set(["_tag", "name", "message", "stack", "cause", "retryable", "hints", "exitCode"])

const fieldsOf = (error: object): { readonly [key: string]: Json } | undefined => {
  const entries: Array<[string, Json]> = []
  let left = fieldsMax
  try {
    for (const key of Object.keys(error)) {
      if (notFields.has(key)) continue
      const field = plainOrUndefined(read(error, key))
      if (field === undefined) continue
      left -= key.length + JSON.stringify(field).length
      if (left < 0) {
        entries.push(["fieldsTruncated", true])
        break
      }
      entries.push([key, field])
    }
  } catch {
    // A proxy whose keys cannot be listed has no fields.
  }
  return entries.length === 0 ? undefined : Object.fromEntries(entries)
}

const plainOrUndefined = (value: unknown): Json | undefined => {
  try {
    return cloneJson(value, "field")
  } catch {
    return undefined
  }
}

const bounded = (text: string, max: number): string => {
  const formed = text.isWellFormed() ? text : text.toWellFormed()
  return formed.length <= max ? formed : `${formed.slice(0, max - 1)}…`
}

/** Why an export cannot be had; the reasons of `PlacementError` that concern modules. */
export type LoadProblem =
  | { readonly _tag: "ModuleNotFound"; readonly url: string }
  | { readonly _tag: "ModuleBroken"; readonly url: string; readonly problem: string }
  | {
      readonly _tag: "NoExport"
      readonly url: string
      readonly exportName: string
      readonly found: ReadonlyArray<string>
    }

/** A module's work, ready to be called. */
export interface LoadedWork {
  readonly exported: unknown
  readonly adapt: unknown
}

/** What {@link load} needs to know of a `WorkModule`. */
export interface ModuleAddress {
  readonly url: string
  readonly exportName: string
  readonly adapterUrl: string | undefined
}

/** Loads a work's module, and its adapter where it has one. Each file is loaded once in a thread. */
export const load = async (
  address: ModuleAddress,
): Promise<{ readonly work: LoadedWork } | { readonly problem: LoadProblem }> => {
  const exported = await loadExport(address.url, address.exportName, address.adapterUrl === undefined)
  if ("problem" in exported) return exported
  if (address.adapterUrl === undefined) return { work: { exported: exported.found, adapt: undefined } }
  const adapter = await loadExport(address.adapterUrl, "adapt", true)
  if ("problem" in adapter) return adapter
  return { work: { exported: exported.found, adapt: adapter.found } }
}

/**
 * One export of a module. It must be a function where it is called directly; an area's adapter takes what the area
 * says, such as the object made by a `define…` function.
 */
const loadExport = async (
  url: string,
  exportName: string,
  mustBeFunction: boolean,
): Promise<{ readonly found: unknown } | { readonly problem: LoadProblem }> => {
  let loaded: Record<string, unknown>
  try {
    loaded = await import(/* @vite-ignore */ url)
  } catch (error) {
    if (isMissing(error, url)) return { problem: { _tag: "ModuleNotFound", url } }
    return { problem: { _tag: "ModuleBroken", url, problem: describeThrown(error).message } }
  }
  const names = Object.keys(loaded)
  const found = names.includes(exportName) ? loaded[exportName] : undefined
  if (mustBeFunction ? typeof found === "function" : found !== undefined) return { found }
  return { problem: { _tag: "NoExport", url, exportName, found: names } }
}

/** True where the module itself is missing, not one that it imports. */
const isMissing = (error: unknown, url: string): boolean => {
  if (read(error, "code") !== "ERR_MODULE_NOT_FOUND") return false
  if (read(error, "url") === url) return true
  const message = read(error, "message")
  if (typeof message !== "string") return false
  const subject = message.split(" imported from ")[0] ?? ""
  return pathsOf(url).some((path) => subject.includes(path))
}

/** A URL's path as messages show it: as it is, and decoded. */
const pathsOf = (url: string): ReadonlyArray<string> => {
  try {
    const path = new URL(url).pathname
    return [path, decodeURIComponent(path)]
  } catch {
    return [url]
  }
}

/** How a call of a module's work ended. `error` is the very value that was thrown. */
export type Settled =
  | { readonly _tag: "returned"; readonly value: Json | undefined }
  | { readonly _tag: "threw"; readonly thrown: Thrown; readonly error: unknown }

/** Calls the work for one unit. Never rejects. */
export const invoke = async (work: LoadedWork, context: ModuleContext): Promise<Settled> => {
  try {
    const value: unknown =
      typeof work.adapt === "function"
        ? await Reflect.apply(work.adapt, undefined, [work.exported, context])
        : typeof work.exported === "function"
          ? await Reflect.apply(work.exported, undefined, [context.unit.input, context])
          : undefined
    return { _tag: "returned", value: cloneJson(value, "value") }
  } catch (error) {
    return { _tag: "threw", thrown: describeThrown(error), error }
  }
}

/** Looks a thrown value up by identity; asking it anything, even its class, may run hostile code. */
export const lookUp = <A>(known: WeakMap<object, A>, error: unknown): A | undefined =>
  typeof error === "object" && error !== null ? known.get(error) : undefined

/** A host's refusal as the work sees it: an ordinary Error that can be branched on by `tag`. */
export class HostRefused extends Error {
  readonly tag: string
  readonly retryable: boolean
  readonly fields: { readonly [key: string]: Json }
  constructor(thrown: Thrown) {
    super(thrown.message)
    this.name = thrown.tag
    this.tag = thrown.tag
    this.retryable = thrown.retryable
    this.fields = thrown.fields ?? {}
  }
}
