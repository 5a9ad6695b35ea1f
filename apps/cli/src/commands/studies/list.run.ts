/**
 * Handler of `heddle studies list`.
 *
 * @layer app
 * @module
 */
import * as Selection from "@heddle/studies/Selection"
import { StudyRegistry } from "@heddle/studies/StudyRegistry"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { layerOrchestrator, requireCredentials } from "../../runtime/registry.ts"
import { checkKeys } from "../../runtime/studyKeys.ts"
import { endSelected, selectionOf } from "../../runtime/selection.ts"

export const handler: Handler = Effect.gen(function* () {
  yield* requireCredentials
  return yield* Effect.provide(list, layerOrchestrator)
})

const list = Effect.gen(function* () {
  const { output, settings } = yield* Cli
  const options = selectionOf(settings)
  yield* Effect.fromResult(Selection.check(options))
  const registry = yield* StudyRegistry
  const listing = yield* registry.list
  const selection = yield* Effect.fromResult(Selection.select(listing, options))
  const warnings = yield* checkKeys(selection)
  const selected = new Set(selection.selected)
  const studies = listing.studies.filter((study) => selected.has(study.studyKey))
  if (output.json) {
    for (const study of studies) {
      const { studyKey, studyName, attributes } = study
      yield* output.line({ type: "study", studyKey, studyName, attributes })
    }
    yield* output.line({ type: "selection", ...selection })
    yield* output.line({ type: "end", count: studies.length })
  } else {
    yield* output.table(
      [{ title: "study" }, { title: "name" }, { title: "type" }, { title: "modified" }],
      studies.map(({ studyKey, studyName, attributes }) => [
        studyKey,
        studyName,
        textOf(attributes["studyType"]),
        textOf(attributes["dateModified"]),
      ]),
    )
  }
  // What is said of unknown keys is said better by the second list.
  const told =
    warnings.length > 0 ? selection.warnings.filter((text) => !/ does not list "/.test(text)) : selection.warnings
  for (const warning of [...told, ...warnings]) yield* output.note(`warning: ${warning}`)
  return yield* endSelected(selection, registry.location)
})

const textOf = (value: unknown): string => (typeof value === "string" ? value : "")
