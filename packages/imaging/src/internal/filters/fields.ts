/**
 * The check of the fields that a correction takes beside its picture: a misspelt one would be left out in silence.
 *
 * @layer logic
 * @module
 */
import { ImagingError, shown } from "../../ImagingError.ts"
import type { Signature } from "../../Signature.ts"

/** Refuses what is no object, and fields that are none of the known. */
export const checkFields = ({ name, parameters }: Signature, fields: unknown, known: ReadonlyArray<string>): void => {
  const refuse = (parameter: string, expected: string, actual: unknown, hints: ReadonlyArray<string> = []) =>
    new ImagingError(name, { _tag: "InvalidParameter", parameter, expected, actual: shown(actual) }, hints)
  if (typeof fields !== "object" || fields === null || Array.isArray(fields) || ArrayBuffer.isView(fields)) {
    throw refuse("fields", `{ ${known.join(", ")} }`, fields)
  }
  for (const [field, value] of Object.entries(fields)) {
    if (known.includes(field)) continue
    throw refuse(`fields.${field}`, "left out: it is no field", value, [
      `fields: ${known.join(", ")}`,
      ...(Object.hasOwn(parameters, field) ? [`${field} is a parameter: parameters come after the fields`] : []),
    ])
  }
}
