/**
 * What the acceptance tests share: where files go, which ledgers there are, and the book of what was asserted under which
 * number.
 */
import { expect, it } from "@effect/vitest"
import { Ledger, type LedgerError, type LedgerShape } from "@heddle/core/Ledger"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as LedgerSqlite from "@heddle/core/node/LedgerSqlite"
import { Artifacts } from "@heddle/experiments/Artifacts"
import * as ArtifactsNode from "@heddle/experiments/node/ArtifactsNode"
import * as StudyFile from "@heddle/experiments/StudyFile"
import type { Study } from "@heddle/experiments/Study"
import { Effect, Layer, Result, type Scope } from "effect"
import { createHash } from "node:crypto"
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

/** Assertions that ran, by number of the case. */
export class Book {
  readonly #name: string
  readonly #seen = new Map<string, number>()
  constructor(name: string) {
    this.#name = name
  }

  #note(ids: ReadonlyArray<string>): void {
    const { assertionCalls } = expect.getState()
    for (const id of ids) this.#seen.set(id, (this.#seen.get(id) ?? 0) + assertionCalls)
  }

  readonly #title = (ids: ReadonlyArray<string>, claim: string): string => `${ids.join(", ")}: ${claim}`

  readonly #noted = <A, E, R>(ids: ReadonlyArray<string>, body: () => Effect.Effect<A, E, R>) =>
    Effect.tap(Effect.suspend(body), () => Effect.sync(() => this.#note(ids)))

  /** A test under these numbers, with a clock that stands still. */
  readonly test = (
    ids: string | ReadonlyArray<string>,
    claim: string,
    body: () => Effect.Effect<unknown, unknown, Scope.Scope>,
  ): void => {
    const all = typeof ids === "string" ? [ids] : ids
    it.effect(this.#title(all, claim), () => this.#noted(all, body))
  }

  /** A test under these numbers, with the real clock. */
  readonly live = (
    ids: string | ReadonlyArray<string>,
    claim: string,
    body: () => Effect.Effect<unknown, unknown, Scope.Scope>,
  ): void => {
    const all = typeof ids === "string" ? [ids] : ids
    it.live(this.#title(all, claim), () => this.#noted(all, body))
  }

  /** A test under these numbers without Effects. */
  readonly plain = (ids: string | ReadonlyArray<string>, claim: string, body: () => void): void => {
    const all = typeof ids === "string" ? [ids] : ids
    it(this.#title(all, claim), () => {
      body()
      this.#note(all)
    })
  }

  /** The last test of a file: every number is there and asserted something. */
  readonly count = (ids: ReadonlyArray<string>): void => {
    it(`all ${ids.length} ${this.#name} are here, and each asserted something`, () => {
      expect(ids.filter((id) => (this.#seen.get(id) ?? 0) === 0)).toEqual([])
      expect([...this.#seen.keys()].filter((id) => !ids.includes(id))).toEqual([])
    })
  }
}

/** `prefix` with the numbers from 1, two digits each where `digits` is 2. */
export const numbered = (prefix: string, last: number, digits = 0): ReadonlyArray<string> =>
  Array.from({ length: last }, (_, index) => `${prefix}${String(index + 1).padStart(digits, "0")}`)

/** The time of all fixtures that the predecessor wrote. */
export const frozen = Date.UTC(2026, 0, 2, 3, 4, 5)

/** Goes on by a quarter of a second at each reading, as the counter of the fixtures. */
export const steppingWatch = (): (() => number) => {
  let reading = 0
  return () => (reading += 0.25)
}

/** A folder that is gone with the test. */
export const temporary = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heddle-acceptance-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true })),
)

/** Files of studies in a folder of the real file system; a study's own output directory is below it. */
export const artifactsIn = (root: string): Layer.Layer<Artifacts> =>
  Layer.effect(
    Artifacts,
    Effect.map(Artifacts, (artifacts) => ({
      export: (given) => artifacts.export({ ...given, folder: join(root, given.folder) }),
    })),
  ).pipe(Layer.provide(ArtifactsNode.layer))

/** All files below a folder, with `/`, sorted. */
export const filesBelow = (folder: string): ReadonlyArray<string> =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .sort()

/** Names and texts of all files below a folder. */
export const contents = (folder: string): ReadonlyMap<string, string> =>
  new Map(filesBelow(folder).map((name) => [name, readFileSync(join(folder, name), "latin1")]))

/** A hash as `sha256sum` prints it. */
export const sha256 = (data: string | Uint8Array): string => createHash("sha256").update(data).digest("hex")

/** Every ledger that a study is run over. */
export const ledgers: ReadonlyArray<
  readonly [name: string, make: (folder: string) => Effect.Effect<LedgerShape, LedgerError, Scope.Scope>]
> = [
  ["memory", () => Effect.sync(() => LedgerMemory.make())],
  ["SQLite", (folder) => LedgerSqlite.make({ path: join(folder, "ledger.sqlite") })],
]

/** Runs the same over each ledger, one after the other. */
export const overEach = <A, E>(
  body: (name: string, ledger: LedgerShape) => Effect.Effect<A, E, Ledger | Scope.Scope>,
): Effect.Effect<void, E | LedgerError, Scope.Scope> =>
  Effect.forEach(
    ledgers,
    ([name, make]) =>
      Effect.scoped(
        Effect.gen(function* () {
          const ledger = yield* make(yield* temporary)
          yield* Effect.provideService(body(name, ledger), Ledger, ledger)
        }),
      ),
    { discard: true },
  )

/** What a result holds; a failure is thrown. */
export const success = <A, E>(result: Result.Result<A, E>): A => {
  if (Result.isFailure(result)) throw result.failure
  return result.success
}

/** The failure that a result must be. */
export const failure = <A, E>(result: Result.Result<A, E>): E => {
  if (Result.isSuccess(result)) throw new Error("it did not fail")
  return result.failure
}

/** The study of a text of YAML. */
export const yamlStudy = (text: string): Study =>
  success(StudyFile.parse(text, { format: "yaml", source: "study.yaml" }))
