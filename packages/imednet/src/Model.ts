/**
 * Models as tables: which fields an item of the server has, of what type, and in which other forms they are met. One
 * table per model gives the TypeScript type, the Schema and the decoder, so that the three cannot differ.
 *
 * Decoding is permissive where nothing is lost and never guesses: `"7"` becomes 7 and is counted as drift, an absent field
 * becomes `null` and is counted, and a value that cannot be what it should be is an error that names its path.
 *
 * @layer logic
 * @module
 */
import * as Schema from "effect/Schema"
import type { DriftKind } from "./Drift.ts"
import * as Instant from "./Instant.ts"

/** What a field holds. `instant` is a point in time, `day` a day of the calendar. @category models */
export type FieldKind = "text" | "int" | "bool" | "instant" | "day" | "object" | "list"

/**
 * One field. `maybe`: absent or null is normal. `required`: without it the item is refused. `also`: other forms that are
 * documented for this field, so that they are no drift.
 *
 * @category models
 */
export interface Field<out A> {
  readonly kind: FieldKind
  readonly maybe: boolean
  readonly required: boolean
  readonly also: ReadonlyArray<"text" | "array" | "empty" | "number">
  readonly of: Model<Fields> | undefined
  /** Only for the type; never there. */
  readonly "~type"?: A
}

/** The fields of a table, by the name that the server uses. @category models */
export type Fields = { readonly [name: string]: Field<unknown> }

/** What a table decodes to. @category models */
export type ItemOf<F extends Fields> = { readonly [K in keyof F]: F[K] extends Field<infer A> ? A : never }

/** A table: the name of the item, and its fields. @category models */
export interface Model<F extends Fields> {
  readonly name: string
  readonly fields: F
  /** The same fields as a list, for the decoder. */
  readonly columns: ReadonlyArray<readonly [name: string, field: Field<unknown>]>
}

const field = <A>(kind: FieldKind, rest: Partial<Omit<Field<A>, "kind">> = {}): Field<A> => ({
  kind,
  maybe: false,
  required: false,
  also: [],
  of: undefined,
  ...rest,
})

/** Text; empty text stays empty. @category fields */
export const text: Field<string | null> = field("text")
/** Text that is often absent. @category fields */
export const textMaybe: Field<string | null> = field("text", { maybe: true })
/** Text that names the item. @category fields */
export const textId: Field<string> = field("text", { required: true })
/** A whole number. @category fields */
export const int: Field<number | null> = field("int")
/** A whole number that is often absent. @category fields */
export const intMaybe: Field<number | null> = field("int", { maybe: true })
/** A whole number that names the item. @category fields */
export const intId: Field<number> = field("int", { required: true })
/** A whole number that names the item, met as text too. @category fields */
export const intIdOrText: Field<number> = field("int", { required: true, also: ["text"] })
/** A boolean. @category fields */
export const bool: Field<boolean | null> = field("bool")
/** A boolean that is met as a list too; then it is whether the list has anything in it. @category fields */
export const boolOrArray: Field<boolean | null> = field("bool", { also: ["array"] })
/** A point in time, ISO 8601 in UTC. @category fields */
export const instant: Field<Instant.UtcText | null> = field("instant")
/** A point in time that is often absent. @category fields */
export const instantMaybe: Field<Instant.UtcText | null> = field("instant", { maybe: true })
/** A point in time, met as a list of numbers. @category fields */
export const instantOrArray: Field<Instant.UtcText | null> = field("instant", { also: ["array"] })
/** A day, `YYYY-MM-DD`; empty text means absent. @category fields */
export const dayMaybe: Field<Instant.DayText | null> = field("day", { maybe: true, also: ["empty"] })
/** Named values that differ from study to study, kept as they come. @category fields */
export const object: Field<{ readonly [name: string]: Schema.Json } | null> = field("object")
/** Items of another model. @category fields */
export const list = <F extends Fields>(of: Model<F>): Field<ReadonlyArray<ItemOf<F>> | null> =>
  field("list", { of: widen(of) })
/** Items of another model, often absent. @category fields */
export const listMaybe = <F extends Fields>(of: Model<F>): Field<ReadonlyArray<ItemOf<F>> | null> =>
  field("list", { of: widen(of), maybe: true })

/** A table is read by the decoder whatever its fields are. */
const widen = <F extends Fields>(model: Model<F>): Model<Fields> => model

/** Makes a table from its fields. @category constructors */
export const make = <const F extends Fields>(name: string, fields: F): Model<F> => ({
  name,
  fields,
  columns: Object.entries(fields),
})

/** The Schema of the normal form (not of what the server sends). @category conversions */
export const schemaOf = <F extends Fields>(model: Model<F>): Schema.Codec<ItemOf<F>> => {
  const shape: { [name: string]: Schema.Codec<unknown> } = {}
  for (const [name, column] of model.columns) shape[name] = schemaOfField(column)
  const struct: Schema.Codec<unknown> = Schema.Struct(shape)
  // The struct is built from the same table as the type; the compiler cannot follow the loop.
  return struct as Schema.Codec<ItemOf<F>>
}

const schemaOfField = (column: Field<unknown>): Schema.Codec<unknown> => {
  const base = ((): Schema.Codec<unknown> => {
    switch (column.kind) {
      case "int":
        return Schema.Int
      case "bool":
        return Schema.Boolean
      case "instant":
        return Schema.String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?Z$/))
      case "day":
        return Schema.String.check(Schema.isPattern(/^\d{4}-\d{2}-\d{2}$/))
      case "object":
        return Schema.Record(Schema.String, Schema.Json)
      case "list":
        return Schema.Array(column.of === undefined ? Schema.Json : schemaOf(column.of))
      default:
        return Schema.String
    }
  })()
  return column.required ? base : Schema.NullOr(base)
}

/** What one page was decoded with and what was odd about it. One per page; not shared. @category models */
export interface DecodeState {
  /** Counts by kind and field. */
  readonly drift: Map<string, { readonly kind: DriftKind; readonly field: string; count: number }>
  /** The first odd thing, for strict mode. */
  firstDrift: { readonly path: string; readonly kind: DriftKind } | undefined
  /** Why the last item was refused. */
  problem: { readonly path: string; readonly problem: string } | undefined
}

/** The state of a page of which nothing was decoded yet. @category constructors */
export const decodeState = (): DecodeState => ({ drift: new Map(), firstDrift: undefined, problem: undefined })

/** Counts one odd thing. @category combinators */
export const count = (state: DecodeState, kind: DriftKind, name: string, path: string): void => {
  const key = `${kind} ${name}`
  const entry = state.drift.get(key)
  if (entry === undefined) state.drift.set(key, { kind, field: name, count: 1 })
  else entry.count += 1
  state.firstDrift ??= { path, kind }
}

/** A value that cannot be what its field says. */
const unreadable = Symbol("unreadable")

const isObject = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === "object" && value !== null && !Array.isArray(value)

/**
 * One item in normal form, or `undefined` with `state.problem` set. `path` is where the item is (`data[0]`).
 *
 * @category decoding
 */
export const decodeItem = <F extends Fields>(
  model: Model<F>,
  raw: unknown,
  state: DecodeState,
  path: string,
): ItemOf<F> | undefined => {
  const item = decodeObject(model, raw, state, path, "")
  // The columns are those of the table that the type is made of.
  return item as ItemOf<F> | undefined
}

const decodeObject = (
  model: Model<Fields>,
  raw: unknown,
  state: DecodeState,
  path: string,
  prefix: string,
): { [name: string]: unknown } | undefined => {
  if (!isObject(raw)) {
    state.problem = { path, problem: `${describe(raw)} instead of an object` }
    return undefined
  }
  const item: { [name: string]: unknown } = {}
  const columns = model.columns
  let known = 0
  for (let i = 0; i < columns.length; i++) {
    const column = columns[i]
    if (column === undefined) continue
    const name = column[0]
    const rule = column[1]
    const value = raw[name]
    if (value === undefined || value === null) {
      if (value === null) known += 1
      if (rule.required) {
        state.problem = {
          path: `${path}.${name}`,
          problem: `${value === null ? "null" : "nothing"} where the item's name is due`,
        }
        return undefined
      }
      // Null is how the server says "no value"; only a field that is not there at all is drift.
      if (value === undefined && !rule.maybe) count(state, "missing", prefix + name, `${path}.${name}`)
      item[name] = null
      continue
    }
    known += 1
    const decoded = decodeValue(rule, value, state, path, prefix, name)
    if (decoded === unreadable) {
      state.problem ??= { path: `${path}.${name}`, problem: `${describe(value)} where ${expected[rule.kind]} is due` }
      return undefined
    }
    if (decoded === null && rule.required) {
      state.problem = { path: `${path}.${name}`, problem: "nothing where the item's name is due" }
      return undefined
    }
    item[name] = decoded
  }
  let present = 0
  for (const _ in raw) present += 1
  if (present !== known) {
    for (const name of Object.keys(raw)) {
      if (!Object.hasOwn(model.fields, name)) count(state, "unknown", prefix + name, `${path}.${name}`)
    }
  }
  return item
}

const expected: { readonly [K in FieldKind]: string } = {
  text: "text",
  int: "a whole number",
  bool: "true or false",
  instant: "a point in time",
  day: "a day",
  object: "an object",
  list: "a list",
}

/** Names the type of a value, never the value. */
const describe = (value: unknown): string => {
  if (value === null) return "null"
  if (Array.isArray(value)) return "a list"
  switch (typeof value) {
    case "string":
      return value === "" ? "empty text" : "text"
    case "number":
      return "a number"
    case "boolean":
      return "true or false"
    case "object":
      return "an object"
    default:
      return "nothing"
  }
}

const decodeValue = (
  rule: Field<unknown>,
  value: {},
  state: DecodeState,
  path: string,
  prefix: string,
  name: string,
): unknown => {
  switch (rule.kind) {
    case "text":
      if (typeof value === "string") return value
      if (typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value))) {
        // Beyond this the number was already rounded when the text was read.
        if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) return unreadable
        if (!rule.also.includes("number")) count(state, "repaired", prefix + name, `${path}.${name}`)
        return String(value)
      }
      return unreadable
    case "int":
      if (typeof value === "number") return Number.isSafeInteger(value) ? value : unreadable
      if (typeof value !== "string") return unreadable
      if (value === "") return empty(rule, state, path, prefix, name)
      if (!/^-?\d{1,16}$/.test(value) || !Number.isSafeInteger(Number(value))) return unreadable
      if (!rule.also.includes("text")) count(state, "repaired", prefix + name, `${path}.${name}`)
      return Number(value)
    case "bool":
      if (typeof value === "boolean") return value
      if (value === "") return empty(rule, state, path, prefix, name)
      if (Array.isArray(value)) {
        if (!rule.also.includes("array")) return unreadable
        return value.length > 0
      }
      if (value === "true" || value === "false" || value === 1 || value === 0) {
        count(state, "repaired", prefix + name, `${path}.${name}`)
        return value === "true" || value === 1
      }
      return unreadable
    case "instant": {
      if (Array.isArray(value)) {
        if (!rule.also.includes("array")) count(state, "repaired", prefix + name, `${path}.${name}`)
        return Instant.fromParts(value) ?? unreadable
      }
      if (typeof value !== "string") return unreadable
      if (value === "") return empty(rule, state, path, prefix, name)
      const instant = Instant.parse(value)
      if (instant === undefined) return unreadable
      if (value.length !== 19 || value[10] !== " ") count(state, "repaired", prefix + name, `${path}.${name}`)
      return instant
    }
    case "day": {
      if (typeof value !== "string") return unreadable
      if (value === "") return empty(rule, state, path, prefix, name)
      if (Instant.isDayText(value)) return value
      const instant = Instant.parse(value)
      // A time of day in a field for days is kept out only where it says nothing.
      if (instant === undefined || !instant.endsWith("T00:00:00Z") || !value.startsWith(instant.slice(0, 10)))
        return unreadable
      count(state, "repaired", prefix + name, `${path}.${name}`)
      return instant.slice(0, 10)
    }
    case "object":
      return isObject(value) ? value : unreadable
    case "list": {
      if (!Array.isArray(value) || rule.of === undefined) return unreadable
      const items: Array<unknown> = []
      for (let i = 0; i < value.length; i++) {
        const item = decodeObject(rule.of, value[i], state, `${path}.${name}[${i}]`, `${prefix}${name}.`)
        if (item === undefined) return unreadable
        items.push(item)
      }
      return items
    }
  }
}

/** Empty text where a value of another type is due is an absent value. */
const empty = (rule: Field<unknown>, state: DecodeState, path: string, prefix: string, name: string): null => {
  if (!rule.also.includes("empty")) count(state, "repaired", prefix + name, `${path}.${name}`)
  return null
}
