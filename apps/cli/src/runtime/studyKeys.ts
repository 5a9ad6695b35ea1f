/**
 * Keys of studies that were named and that the registry does not list: one that was to be left out is refused, because
 * the run would pull what was not wanted; one that was to be taken is told, also at the end.
 *
 * @layer logic
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { Selection } from "@heddle/studies/Selection"
import { StudyRegistry, type RegistryListing, type StudyRegistryShape } from "@heddle/studies/StudyRegistry"
import * as Effect from "effect/Effect"
import { nearest } from "../cli/suggest.ts"
import { printable } from "../cli/table.ts"
import { Cli } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"
import { paste } from "./paste.ts"

/** The last listing of a registry that {@link remembering} made; suggestions need no further request. */
const listings = new WeakMap<StudyRegistryShape, RegistryListing>()

/** The same registry, which remembers what it listed. */
export const remembering = (registry: StudyRegistryShape): StudyRegistryShape => {
  const own: StudyRegistryShape = {
    location: registry.location,
    list: Effect.tap(registry.list, (listing) => Effect.sync(() => void listings.set(own, listing))),
  }
  return own
}

/** A listed key that is near, whatever the case. */
const meantBy = (key: string, known: ReadonlyArray<string>): string | undefined => {
  const lower = nearest(
    key.trim().toLowerCase(),
    known.map((one) => one.toLowerCase()),
  )
  return known.find((one) => one.toLowerCase() === lower)
}

/** Fails with exit code 2 where an exclude-list names what is not there; gives the warnings of an include-list. */
export const checkKeys = Effect.fn("checkKeys")(function* (
  selection: Selection,
): Effect.fn.Return<ReadonlyArray<string>, CommandError, Cli | StudyRegistry> {
  if (selection.unknown.length === 0) return []
  const cli = yield* Cli
  const registry = yield* StudyRegistry
  const known = listings.get(registry)?.studies.map(({ studyKey }) => studyKey) ?? selection.selected
  const told = selection.unknown.map((key) => {
    const meant = meantBy(key, known)
    const parts = key.split(",").map((part) => part.trim())
    // A key may hold a comma, so a list is never split; whoever meant one is told how it is written.
    const list =
      key.includes(",") && parts.every((part) => part !== "")
        ? `; several keys are several flags: ${parts.map((part) => `--include ${part}`).join(" ")}`
        : ""
    return {
      meant,
      text: `${registry.location} does not list ${JSON.stringify(key)}${meant === undefined ? "" : `; did you mean ${printable(meant)}?`}${list}`,
    }
  })
  const excluded = cli.settings.list("exclude")
  if (excluded === undefined) return told.map(({ text }) => text)
  const unknown = new Set(selection.unknown)
  const keys = excluded.map((key, index) => (unknown.has(key) ? (meantBy(key, known) ?? "") : (excluded[index] ?? "")))
  const words = cli.invocation.spec.path
  const hint = keys.every((key) => key !== "" && printable(key) === key)
    ? paste(cli, ...words, ...keys.flatMap((key) => ["--exclude", key]))
    : paste(cli, "studies", "list")
  return yield* new CommandError({
    tag: "UnknownStudies",
    problem: `${told.map(({ text }) => text.replaceAll("--include ", "--exclude ")).join("; ")}; it was to be left out, so nothing runs`,
    hints: [hint],
    code: ExitCode.usage,
  })
})
