/**
 * What stands behind a dot or in brackets: entries of maps, items of lists, characters of texts. Of other values, the
 * attributes that Python's own have are known: numbers and dates give theirs, and a method that is named but not called
 * can only be compared, which is true of itself alone.
 *
 * @layer logic
 * @module
 */
import { Timestamp } from "../Value.ts"
import { Fault, unsupported, wrongType } from "./expressionFault.ts"
import { type Budget, Dict, Opaque, type Py, Sequence, keyOf, numeric, typeName } from "./expressionValues.ts"

const words = (text: string): ReadonlySet<string> => new Set(text.split(" "))

const dateMethods =
  "ctime fromisocalendar fromisoformat fromordinal fromtimestamp isocalendar isoformat isoweekday max min replace resolution strftime timetuple today toordinal weekday"

const methods: Readonly<Record<string, ReadonlySet<string>>> = {
  str: words(
    "capitalize casefold center count encode endswith expandtabs find format format_map index isalnum isalpha isascii isdecimal isdigit isidentifier islower isnumeric isprintable isspace istitle isupper join ljust lower lstrip maketrans partition removeprefix removesuffix replace rfind rindex rjust rpartition rsplit rstrip split splitlines startswith strip swapcase title translate upper zfill",
  ),
  int: words("as_integer_ratio bit_count bit_length conjugate from_bytes is_integer to_bytes"),
  float: words("as_integer_ratio conjugate fromhex hex is_integer"),
  list: words("append clear copy count extend index insert pop remove reverse sort"),
  tuple: words("count index"),
  date: words(dateMethods),
  datetime: words(
    `${dateMethods} astimezone combine date dst now strptime time timestamp timetz tzinfo tzname utcfromtimestamp utcnow utcoffset utctimetuple`,
  ),
}

const dateParts = ["year", "month", "day", "hour", "minute", "second", "microsecond"]

const numberPart = (value: bigint | number, name: string): Py | undefined => {
  if (name === "real") return value
  if (name === "imag") return typeof value === "bigint" ? 0n : 0
  if (typeof value === "number") return undefined
  return name === "numerator" ? value : name === "denominator" ? 1n : undefined
}

const timePart = (value: Timestamp, name: string): Py | undefined => {
  if (name === "fold" && value.kind === "datetime") return 0n
  const index = dateParts.indexOf(name)
  if (index === -1 || (value.kind === "date" && index > 2)) return undefined
  const part = /^(....)-(..)-(..)(?: (..):(..):(..)(?:\.([0-9]{6}))?)?/.exec(value.text)?.[index + 1]
  return BigInt(part ?? "0")
}

/** `value.name`. */
export const attribute = (value: Py, name: string, budget: Budget): Py => {
  if (value instanceof Dict) return value.entries.get(keyOf(name, budget))?.[1] ?? null
  const number = numeric(value)
  const part =
    number !== undefined ? numberPart(number, name) : value instanceof Timestamp ? timePart(value, name) : undefined
  if (part !== undefined) return part
  const type = typeName(value)
  if (methods[type === "bool" ? "int" : type]?.has(name) === true) return new Opaque(name, value)
  if (name.startsWith("__")) throw unsupported(`${name} is not part of the constraint language`)
  throw new Fault(
    "type",
    "AttributeError",
    `${type} has no attribute ${JSON.stringify(name)}`,
    undefined,
    "a dot looks up entries of maps; a missing entry is None",
  )
}

const itemAt = <A>(items: ReadonlyArray<A>, index: bigint, type: string): A => {
  const length = BigInt(items.length)
  const item = items[Number(index < 0n ? index + length : index)]
  if (index >= length || index < -length || item === undefined) {
    throw new Fault("value", "IndexError", `${type} index ${index} is out of range: there are ${length} items, from 0`)
  }
  return item
}

/** `value[index]`. */
export const subscript = (value: Py, index: Py, budget: Budget): Py => {
  budget.spend(1)
  if (value instanceof Dict) {
    const found = value.entries.get(keyOf(index, budget))
    if (found !== undefined) return found[1]
    const key = typeof index === "string" ? JSON.stringify(index) : String(numeric(index) ?? typeName(index))
    throw new Fault(
      "value",
      "KeyError",
      `there is no entry ${key}`,
      undefined,
      "a dot gives None for a missing entry: factors.name",
    )
  }
  if (typeof value !== "string" && !(value instanceof Sequence)) {
    throw wrongType(`${typeName(value)} has no items`)
  }
  const number = numeric(index)
  if (typeof number !== "bigint") {
    throw wrongType(`the index of a ${typeName(value)} is a whole number, not ${typeName(index)}`)
  }
  if (value instanceof Sequence) return itemAt(value.items, number, value.kind)
  budget.spendSize(value.length)
  return itemAt(Array.from(value), number, "text")
}
