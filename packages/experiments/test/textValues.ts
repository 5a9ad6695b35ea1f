import * as Schema from "effect/Schema"
import { floatText } from "../src/StableJson.ts"
import * as Value from "../src/Value.ts"

/** A case of a reference file: a text, and what the reference program read from it. */
export const readCases = Schema.decodeUnknownSync(
  Schema.Array(
    Schema.Struct({
      text: Schema.String,
      value: Schema.optionalKey(Schema.Unknown),
      error: Schema.optionalKey(Schema.String),
    }),
  ),
)

/** A value with the type of each part, as the reference scripts write it. */
export const typed = (value: Value.Value): unknown => {
  if (value === null) return ["null"]
  if (typeof value === "boolean") return ["bool", value ? "True" : "False"]
  if (typeof value === "string") return ["str", value]
  if (value instanceof Value.Timestamp) return [value.kind, value.text]
  if (Value.isInteger(value)) return ["int", value.toString()]
  if (Value.isMap(value)) return ["map", Array.from(value, ([key, item]) => [key, typed(item)])]
  if (Value.isList(value)) return ["list", value.map(typed)]
  return ["float", floatText(Value.toNumber(value) ?? NaN)]
}
