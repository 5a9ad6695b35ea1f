/**
 * A text that two values share exactly where Python takes them as equal: `1`, `1.0` and `True` are one value when levels
 * are counted, grouped or looked up, though they are three in an id.
 *
 * @layer logic
 * @module
 */
import { Float, Timestamp, isMap, type Value } from "../Value.ts"
import { quote, sortedKeys } from "../StableJson.ts"

const numberKey = (number: number): string =>
  Number.isInteger(number) ? (Number.isSafeInteger(number) ? `${number + 0}` : BigInt(number).toString()) : `${number}`

/** The key of a value; equal values have equal keys. NaN is equal to itself here, so that it can be counted. */
export const valueKey = (value: Value): string => {
  if (value === null) return "null"
  switch (typeof value) {
    case "string":
      return quote(value)
    case "boolean":
      return value ? "1" : "0"
    case "number":
      return value === 0 ? "0" : numberKey(value)
    case "bigint":
      return value.toString()
    default:
  }
  if (value instanceof Float) return value.value === 0 ? "0" : numberKey(value.value)
  if (value instanceof Timestamp) return `${value.kind}:${value.text}`
  if (isMap(value)) {
    return `{${sortedKeys(value)
      .map((key) => `${quote(key)}:${valueKey(value.get(key) ?? null)}`)
      .join(",")}}`
  }
  return `[${value.map(valueKey).join(",")}]`
}
