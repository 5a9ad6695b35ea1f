/**
 * The selection of studies that the flags and the configuration file ask for.
 *
 * @layer logic
 * @module
 */
import type { SelectionOptions } from "@heddle/studies/Selection"
import type { Settings } from "../config/Setting.ts"

export const selectionOf = (settings: Settings): SelectionOptions => {
  const include = settings.list("include")
  const exclude = settings.list("exclude")
  return {
    ...(include === undefined ? {} : { include }),
    ...(exclude === undefined ? {} : { exclude }),
    strict: settings.boolean("strict"),
  }
}
