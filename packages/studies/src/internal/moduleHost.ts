/**
 * What a pipeline in another thread may ask of the process that holds the clients: pages of its own study by cursor, a
 * count, a log line. Nothing else crosses, so no credential ever does.
 *
 * @layer logic
 * @module
 */
import { CurrentUnit } from "@heddle/core/CurrentUnit"
import type { WorkHost } from "@heddle/core/Work"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Scope from "effect/Scope"
import { PipelineRequestError } from "../PipelineError.ts"
import type { StudyError } from "../StudyError.ts"
import * as StudyLog from "../StudyLog.ts"
import { Resource, StudyScope } from "../StudyScope.ts"
import * as Cursor from "./cursor.ts"

/** Streams that one study may have open at a time. */
export const cursorsMax = 32

/** The open cursors of the unit that is running. */
export class Cursors extends Context.Service<
  Cursors,
  {
    readonly scope: Scope.Scope
    readonly open: Map<number, Cursor.Cursor>
    readonly nextId: () => number
    /** True once the pipeline said that it returned `undefined`. */
    returnedNothing: boolean
  }
>()("@heddle/studies/internal/Cursors") {}

/** Cursors that are closed with the scope they are made in. */
export const makeCursors: Effect.Effect<Cursors["Service"], never, Scope.Scope> = Effect.map(Effect.scope, (scope) => {
  let last = 0
  return { scope, open: new Map<number, Cursor.Cursor>(), nextId: () => ++last, returnedNothing: false }
})

const ReadOptionsSchema = Schema.Struct({
  modifiedSince: Schema.optionalKey(Schema.String),
  limit: Schema.optionalKey(Schema.Finite),
})
const OpenArgs = Schema.Struct({ resource: Resource, options: Schema.optionalKey(ReadOptionsSchema) })
const CursorArgs = Schema.Struct({ cursor: Schema.Int })
const LogArgs = Schema.Struct({
  level: Schema.Literals(["Debug", "Info", "Warn", "Error"]),
  message: Schema.String,
  extra: Schema.optionalKey(Schema.Record(Schema.String, Schema.Json)),
})

const decode = <A>(schema: Schema.Codec<A, unknown>, args: unknown): Effect.Effect<A, PipelineRequestError> =>
  Effect.mapError(
    Schema.decodeUnknownEffect(schema)(args),
    (error) => new PipelineRequestError({ problem: error.message }),
  )

/** The host of every pipeline module. */
export const host: WorkHost<StudyError | PipelineRequestError, StudyScope | Cursors> = Effect.fnUntraced(
  function* (method, args): Effect.fn.Return<Schema.Json, StudyError | PipelineRequestError, StudyScope | Cursors> {
    const scope = yield* StudyScope
    const cursors = yield* Cursors
    switch (method) {
      case "begin": {
        const { attempt } = yield* CurrentUnit
        return { attempt: Math.max(1, attempt), pageSize: scope.pageSize }
      }
      case "open": {
        const { resource, options } = yield* decode(OpenArgs, args)
        if (cursors.open.size >= cursorsMax) {
          return yield* new PipelineRequestError({
            problem: `the pipeline has ${cursorsMax} reads open; end one before it begins another`,
          })
        }
        const cursor = yield* Scope.provide(Cursor.open(scope, resource, options), cursors.scope)
        const id = cursors.nextId()
        cursors.open.set(id, cursor)
        return id
      }
      case "next": {
        const { cursor: id } = yield* decode(CursorArgs, args)
        const cursor = cursors.open.get(id)
        if (cursor === undefined) return null
        const page = yield* cursor.next
        if (page === undefined) {
          cursors.open.delete(id)
          return null
        }
        return page
      }
      case "close": {
        const { cursor: id } = yield* decode(CursorArgs, args)
        const cursor = cursors.open.get(id)
        cursors.open.delete(id)
        if (cursor !== undefined) yield* cursor.close
        return null
      }
      case "count": {
        const { resource, options } = yield* decode(OpenArgs, args)
        return yield* scope.count(resource, options)
      }
      case "returnedNothing": {
        cursors.returnedNothing = true
        const unit = yield* CurrentUnit
        yield* unit.note("returnedNothing", { studyKey: scope.studyKey }, "warning")
        return null
      }
      case "log": {
        const { level, message, extra } = yield* decode(LogArgs, args)
        yield* StudyLog.line(scope.studyKey, level, message, extra)
        return null
      }
      default:
        return yield* new PipelineRequestError({ problem: `a study cannot be asked to ${JSON.stringify(method)}` })
    }
  },
)
