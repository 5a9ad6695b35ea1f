/**
 * From pages of items to rows: counts what came, what was rejected and what came twice, and finds the latest change.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Stream from "effect/Stream"
import { ExtractError } from "../ExtractError.ts"
import type { StudyError } from "../StudyError.ts"
import type { Item, ReadOptions, Resource, StudyScopeShape } from "../StudyScope.ts"
import * as Table from "../Table.ts"

/** Rejected items that are kept by position and reason; the count goes on. */
const rejectedKeptMax = 10_000

export interface Rejected {
  readonly index: number
  readonly reason: string
}

export interface Changes {
  readonly read: number
  readonly rows: ReadonlyMap<string, Table.Row>
  readonly rejected: ReadonlyArray<Rejected>
  readonly repeated: number
  readonly modified: string | undefined
  readonly extraFields: Readonly<Record<string, number>>
}

/** Makes rows of one table's items as they come. Its memory is two pages of rows. */
export class RowCollector {
  read = 0
  repeated = 0
  /** Items whose key is not above all keys before. */
  outOfOrder = 0
  /** The latest change of any row, ISO 8601. */
  modified: string | undefined
  readonly rejected: Array<Rejected> = []
  readonly extraFields: Record<string, number> = {}
  readonly #table: Table.Table
  readonly #windowMax: number
  readonly #keyIndex: number
  readonly #modifiedIndex: number
  #recent = new Map<string, string>()
  #older = new Map<string, string>()
  #highest: number | string | undefined

  constructor(table: Table.Table, pageSize: number) {
    this.#table = table
    this.#windowMax = Math.max(1, pageSize)
    this.#keyIndex = Table.keyIndex(table)
    this.#modifiedIndex = table.columns.findIndex((column) => column.name === table.modified)
  }

  /** The rows of a page, without repetitions. Fails where an item comes again in another form. */
  take(items: ReadonlyArray<Item>): Effect.Effect<ReadonlyArray<Table.Row>, ExtractError> {
    return Effect.suspend(() => {
      const rows: Array<Table.Row> = []
      for (const item of items) {
        const index = this.read++
        const made = Table.rowOf(this.#table, item)
        if (Result.isFailure(made)) {
          if (this.rejected.length >= rejectedKeptMax) return Effect.fail(this.#tooManyRejected())
          this.rejected.push({ index, reason: made.failure })
          continue
        }
        const { row, extra } = made.success
        const before = this.#remember(row)
        if (before !== undefined) {
          if (before !== JSON.stringify(row)) {
            return Effect.fail(
              new ExtractError({
                reason: {
                  _tag: "ChangedWhileReading",
                  resource: this.#table.name,
                  problem: `item ${index} came twice in two forms`,
                },
              }),
            )
          }
          this.repeated++
          continue
        }
        for (const name of extra) this.extraFields[name] = (this.extraFields[name] ?? 0) + 1
        const modified = this.#modifiedIndex < 0 ? null : row[this.#modifiedIndex]
        if (typeof modified === "string" && (this.modified === undefined || modified > this.modified)) {
          this.modified = modified
        }
        rows.push(row)
      }
      return Effect.succeed(rows)
    })
  }

  /** The form in which the row's key came lately; `undefined` where it is new. */
  #remember(row: Table.Row): string | undefined {
    const key = Table.keyOf(this.#table, row)
    const before = this.#recent.get(key) ?? this.#older.get(key)
    if (before !== undefined) return before
    const value = row[this.#keyIndex]
    if (typeof value === "number" || typeof value === "string") {
      const highest = this.#highest
      if (highest === undefined || (typeof highest === typeof value && value > highest)) this.#highest = value
      else this.outOfOrder++
    }
    this.#recent.set(key, JSON.stringify(row))
    if (this.#recent.size >= this.#windowMax) {
      this.#older = this.#recent
      this.#recent = new Map()
    }
    return undefined
  }

  #tooManyRejected(): ExtractError {
    return new ExtractError({
      reason: {
        _tag: "RowsRejected",
        resource: this.#table.name,
        rejected: rejectedKeptMax + 1,
        allowed: rejectedKeptMax,
        first: this.rejected.slice(0, 10),
      },
    })
  }
}

/** All changes by key, or `undefined` where there are more than `rowsMax`. */
export const changesOf = Effect.fnUntraced(function* (
  scope: StudyScopeShape,
  table: Table.Table,
  resource: Resource,
  options: ReadOptions,
  rowsMax: number,
): Effect.fn.Return<Changes | undefined, StudyError | ExtractError> {
  const collector = new RowCollector(table, scope.pageSize)
  const rows = new Map<string, Table.Row>()
  let replaced = 0
  let tooMany = false
  yield* Stream.runForEachArray(
    Stream.takeWhile(Stream.chunks(scope.read(resource, options)), () => !tooMany),
    (pages) =>
      Effect.forEach(
        pages,
        (page) =>
          Effect.map(collector.take(page), (found) => {
            for (const row of found) {
              const key = Table.keyOf(table, row)
              // The later form of an item wins; the earlier one counts as repeated.
              if (rows.has(key)) replaced++
              rows.set(key, row)
            }
            tooMany = rows.size > rowsMax
          }),
        { discard: true },
      ),
  )
  if (tooMany) return undefined
  return {
    read: collector.read,
    rows,
    rejected: collector.rejected,
    repeated: collector.repeated + replaced,
    modified: collector.modified,
    extraFields: collector.extraFields,
  }
})
