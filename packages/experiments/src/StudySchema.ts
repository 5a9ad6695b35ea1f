/**
 * The JSON Schema (draft 2020-12) of study files, for editors: every key with its description, its values and its default.
 * `study.schema.json` beside this package is this schema. It lets through what the file's own reading may still refuse,
 * such as a hypothesis that no plan tests; it refuses nothing that is read.
 *
 * @layer logic
 * @module
 */
import * as Schema from "effect/Schema"
import type { Form, Key } from "./internal/studyForm.ts"
import { studyKeys } from "./internal/studyForm.ts"
import { Study, studyIdLengthMax } from "./Study.ts"

type Json = Schema.Json
type JsonObject = { readonly [key: string]: Json }

const isObject = (json: Json | undefined): json is JsonObject =>
  typeof json === "object" && json !== null && !Array.isArray(json)

/** Bounds that the Schema of a field sets. */
const boundNames = ["minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum", "minItems"]

/** All bounds that stand anywhere in the Schema of one field, but not in those of its parts. */
const boundsOf = (schema: Json | undefined): JsonObject => {
  if (!isObject(schema)) return {}
  const own = Object.fromEntries(Object.entries(schema).filter(([name]) => boundNames.includes(name)))
  const choices = [schema["allOf"], schema["anyOf"]].flatMap((list) => (Array.isArray(list) ? list : []))
  return Object.assign(own, ...choices.map(boundsOf))
}

/** What the Schema says of a part: a field of a record, or the items of a list. */
const partOf = (schema: Json | undefined, name: string | undefined): Json | undefined => {
  if (!isObject(schema)) return undefined
  const inside =
    name === undefined ? schema["items"] : isObject(schema["properties"]) ? schema["properties"][name] : undefined
  if (inside !== undefined) return inside
  const choices = schema["anyOf"]
  return Array.isArray(choices)
    ? choices.map((choice) => partOf(choice, name)).find((part) => part !== undefined)
    : undefined
}

/** Whole numbers as text, where they are taken. */
const wholeText = "^\\s*[+-]?[0-9]+(_[0-9]+)*\\s*$"

const formSchema = (form: Form, checked: Json | undefined): JsonObject => {
  switch (form.kind) {
    case "text":
      return { type: ["string", "number"] }
    case "word":
      return { enum: [...form.words, ...Object.keys(form.aliases ?? {})] }
    case "number":
      return { type: "number", ...boundsOf(checked) }
    case "integer":
      return form.lenient
        ? { type: ["integer", "string"], pattern: wholeText, ...boundsOf(checked) }
        : { type: "integer" }
    case "flag":
      return { type: "boolean" }
    case "value":
      return {}
    case "map":
      return { type: "object" }
    case "list":
      return {
        type: "array",
        items: formSchema(form.of, partOf(checked, undefined)),
        maxItems: form.most,
        ...boundsOf(checked),
      }
    case "record":
      return recordSchema(form.keys, checked, form.keys.some(({ key }) => key === "hypothesis_id") ? link : {})
  }
}

const recordSchema = (keys: ReadonlyArray<Key>, checked: Json | undefined, further: JsonObject = {}): JsonObject => {
  const required = keys.filter((key) => !("default" in key) && key.optional !== true).map(({ key }) => key)
  return {
    type: "object",
    properties: {
      ...further,
      ...Object.fromEntries(keys.map((key) => [key.key, keySchema(key, partOf(checked, key.name))])),
    },
    ...(required.length === 0 ? {} : { required }),
    additionalProperties: false,
  }
}

const keySchema = (key: Key, checked: Json | undefined): JsonObject => {
  const schema = formSchema(key.form, checked)
  const mayBeNull = "default" in key || key.optional === true
  const own: Json | undefined =
    key.default === null ||
    typeof key.default === "string" ||
    typeof key.default === "number" ||
    typeof key.default === "boolean"
      ? key.default
      : undefined
  return {
    description: key.description,
    ...(mayBeNull ? nullable(schema) : schema),
    ...(own === undefined || own === null ? {} : { default: own }),
    ...(key.key === "study_id"
      ? { type: ["string", "integer"], pattern: "^[^./\\\\\\s][^/\\\\]*$", maxLength: studyIdLengthMax }
      : {}),
  }
}

const nullable = (schema: JsonObject): JsonObject => {
  const { enum: words, type } = schema
  if (Array.isArray(words)) return { ...schema, enum: [...words, null] }
  if (typeof type === "string") return { ...schema, type: [type, "null"] }
  return Array.isArray(type) ? { ...schema, type: [...type, "null"] } : schema
}

/** What a file may say besides the study, and in an older way. */
const frame: JsonObject = {
  $schema: { description: "Where the JSON Schema of this file is, for editors.", type: "string" },
  schema_version: { description: "Version of the form of this file.", enum: ["0.1.0", "0.2.0", null] },
  primary_outcomes: {
    description: "Names of the primary outcomes. Say primary: true in the outcome instead.",
    type: ["array", "null"],
    items: { type: "string" },
    deprecated: true,
  },
  secondary_outcomes: {
    description: "Names of the other outcomes. Say primary: false in the outcome instead.",
    type: ["array", "null"],
    items: { type: "string" },
    deprecated: true,
  },
}

/** What a hypothesis may say in an older way. */
const link: JsonObject = {
  linked_analysis_plan_id: {
    description: "The plan that tests it. Say it in hypothesis_ids of the plan instead.",
    type: ["string", "null"],
    deprecated: true,
  },
}

/** The JSON Schema of a study file. */
export const jsonSchema = (): JsonObject => {
  const { schema } = Schema.toJsonSchemaDocument(Study)
  // The document is JSON by its own promise, though its type says less.
  const checked: Json = JSON.parse(JSON.stringify(schema))
  const study = recordSchema(studyKeys, checked, frame)
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "Study",
    description: "A study by design: what is varied, what is measured and claimed, and how it is run.",
    ...study,
  }
}
