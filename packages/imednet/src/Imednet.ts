/**
 * The iMednet client: every endpoint of the REST API as one service. Lists are Streams that ask for a page when it is
 * needed; everything that belongs to a study takes it from the `study` option, else from the current study, else fails
 * before any request. One client holds one rate limit, so that everything that uses it shares the budget.
 *
 * @layer logic
 * @module
 */
import type { RateLimit } from "@heddle/core/Limits"
import * as Rate from "@heddle/core/RateLimit"
import * as CurrentStudy from "@heddle/studies/CurrentStudy"
import type { StudyKey } from "@heddle/studies/StudyKey"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as HttpClient from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import type * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as Drift from "./Drift.ts"
import * as Filter from "./Filter.ts"
import { ImednetConfig, type ImednetConfigShape, pageSizeMax } from "./ImednetConfig.ts"
import { type ImednetError, refused, withData, wrongShape } from "./ImednetError.ts"
import * as Transport from "./internal/Transport.ts"
import * as Jobs from "./Jobs.ts"
import * as Model from "./Model.ts"
import { Job, Study } from "./Models.ts"
import * as Paging from "./Paging.ts"
import { type ItemFor, type ResourceName, resources, type SortField } from "./Resource.ts"
import * as Write from "./Write.ts"

/** What can fail: the request, or that there is no study. @category errors */
export type Failure = ImednetError | CurrentStudy.NoCurrentStudy

/** Which study; the current one unless given. @category models */
export interface StudyOption {
  readonly study?: StudyKey
}

/** What a list takes. @category models */
export interface ListOptions<R extends ResourceName> {
  /** Made by {@link Filter.all}, {@link Filter.any} or {@link Filter.parse}. */
  readonly filter?: Filter.Filter<R>
  /** Sort keys in order, such as `{ recordId: "desc" }`. The server's own order is by id, ascending. */
  readonly sort?: { readonly [K in SortField<R>]?: "asc" | "desc" }
  /** Items per page, 1 to 500; the configured size unless given. */
  readonly size?: number
  /** Stop after this many items. */
  readonly limit?: number
  /** Keep items that were on the page before too, instead of counting them once. */
  readonly keepRepeated?: boolean
}

/** What only records take. @category models */
export interface RecordOptions {
  /** Made by {@link Filter.recordData} and its relatives. */
  readonly recordData?: Filter.RecordDataFilter
}

/** What only users take, who cannot be filtered. @category models */
export interface UserOptions {
  readonly includeInactive?: boolean
}

/** The options of a list: the common ones, its own, and the study where it belongs to one. @category models */
export type OptionsFor<R extends ResourceName> = (R extends "users"
  ? Omit<ListOptions<R>, "filter"> & UserOptions
  : R extends "records"
    ? ListOptions<R> & RecordOptions
    : ListOptions<R>) &
  (R extends "studies" ? {} : StudyOption)

/** An item that could not be decoded. @category models */
export interface Rejected {
  /** Position in the whole list, from 0. */
  readonly index: number
  /** Where in the page, such as `data[3].studyKey`. */
  readonly path: string
  readonly problem: string
}

/** One page of decoded items. @category models */
export interface Page<A> {
  readonly page: number
  readonly items: ReadonlyArray<A>
  /** Position in the whole list of each item, from 0. */
  readonly indexes: ReadonlyArray<number>
  /** Items that could not be decoded; always empty unless `tolerant`. */
  readonly rejected: ReadonlyArray<Rejected>
  readonly totalElements: number | undefined
  readonly warnings: ReadonlyArray<string>
}

/** One list of the server. The registry never asks for a study. @category models */
export interface ListEndpoint<R extends ResourceName, E> {
  readonly list: (options?: OptionsFor<R>) => Stream.Stream<ItemFor<R>, E>
  /** The same page by page, with what is odd about it. `tolerant`: bad items are listed instead of failing. */
  readonly pages: (options?: OptionsFor<R> & { readonly tolerant?: boolean }) => Stream.Stream<Page<ItemFor<R>>, E>
  /** How many items there are, by one request for one item. */
  readonly count: (options?: OptionsFor<R>) => Effect.Effect<number, E>
}

/** Options of a list whose name is known only at run time; what does not fit it is refused. @category models */
export type AnyListOptions = ListOptions<ResourceName> & RecordOptions & UserOptions & StudyOption

/** A list whose name is known only at run time. @category models */
export interface AnyListEndpoint {
  readonly list: (options?: AnyListOptions) => Stream.Stream<{ readonly [field: string]: Schema.Json }, Failure>
  readonly count: (options?: AnyListOptions) => Effect.Effect<number, Failure>
}

/** What a write says. @category models */
export interface WriteOptions extends StudyOption {
  /** Whom the server tells by e-mail when the job has ended. */
  readonly emailNotify?: string
}

/**
 * The whole client: one endpoint for each list of the API, writes, and jobs. Everything fails with `ImednetError`, whose
 * `reason` says what happened and whose `retryable` says whether trying again may help; what may safely be sent again was,
 * as configured, before that. What belongs to a study takes it from the option `study` or from the current study, and
 * fails with `NoCurrentStudy` where there is neither.
 *
 * @category models
 */
export interface ImednetShape {
  /** Host and path of the server, without credentials. */
  readonly location: string
  /** Items per page unless a list says otherwise. */
  readonly pageSize: number
  /** Where answers differed from the documented shapes, since this client was made. */
  readonly drift: Drift.Drift
  readonly studies: ListEndpoint<"studies", ImednetError> & {
    /** One study by its key. */
    readonly get: (key: StudyKey) => Effect.Effect<Study, ImednetError>
  }
  readonly sites: ListEndpoint<"sites", Failure>
  readonly subjects: ListEndpoint<"subjects", Failure>
  readonly records: ListEndpoint<"records", Failure> & {
    /** Sends a write. It is carried out later, by a job, where the outcome names one. */
    readonly create: (
      items: ReadonlyArray<Write.RecordWrite>,
      options?: WriteOptions,
    ) => Effect.Effect<Jobs.WriteOutcome, Failure>
    /** Sends a write and waits for its job. */
    readonly createAndWait: (
      items: ReadonlyArray<Write.RecordWrite>,
      options?: WriteOptions & Jobs.WaitOptions,
    ) => Effect.Effect<Jobs.WriteOutcome, Failure>
  }
  readonly recordRevisions: ListEndpoint<"recordRevisions", Failure>
  readonly forms: ListEndpoint<"forms", Failure>
  readonly intervals: ListEndpoint<"intervals", Failure>
  readonly variables: ListEndpoint<"variables", Failure>
  readonly queries: ListEndpoint<"queries", Failure>
  readonly visits: ListEndpoint<"visits", Failure>
  readonly users: ListEndpoint<"users", Failure>
  readonly codings: ListEndpoint<"codings", Failure>
  /** A list of a study by its name. */
  readonly named: (resource: Exclude<ResourceName, "studies">) => AnyListEndpoint
  readonly jobs: {
    readonly get: (batchId: string, options?: StudyOption) => Effect.Effect<Job, Failure>
    /** Asks until the job has ended. */
    readonly wait: (batchId: string, options?: StudyOption & Jobs.WaitOptions) => Effect.Effect<Job, Failure>
    /** All jobs of a study. Not documented by the vendor; a server may not have it (404). */
    readonly list: (options?: StudyOption) => Effect.Effect<ReadonlyArray<Job>, Failure>
  }
}

/** What a request for a list consists of, checked. */
interface Prepared {
  readonly query: ReadonlyArray<readonly [string, string]>
  readonly size: number
  readonly limit: number | undefined
}

type AnyOptions = AnyListOptions & { readonly tolerant?: boolean }

const prepare = (
  resource: ResourceName,
  options: AnyOptions,
  config: ImednetConfigShape,
): Result.Result<Prepared, ImednetError> => {
  const fail = (what: string, problem: string) => Result.fail(refused(resource, what, problem))
  const query: Array<readonly [string, string]> = []
  const size = options.size ?? config.pageSize
  if (!Number.isSafeInteger(size) || size < 1 || size > pageSizeMax)
    return fail("size", `needs a whole number from 1 to ${pageSizeMax}`)
  if (options.limit !== undefined && (!Number.isSafeInteger(options.limit) || options.limit < 0))
    return fail("limit", "needs a whole number of at least 0")
  if (options.filter !== undefined) {
    if (options.filter.resource !== resource) return fail("filter", `is one of ${options.filter.resource}`)
    const text = Filter.render(options.filter)
    if (Result.isFailure(text)) return Result.fail(text.failure)
    query.push(["filter", text.success])
  }
  if (options.recordData !== undefined) {
    if (resource !== "records") return fail("recordData", "is only for records")
    const text = Filter.renderRecordData(options.recordData)
    if (Result.isFailure(text)) return Result.fail(text.failure)
    query.push(["recordDataFilter", text.success])
  }
  for (const [name, direction] of Object.entries(options.sort ?? {})) {
    if (direction === undefined) continue
    if (!Object.hasOwn(resources[resource].model.fields, name)) return fail("sort", `${name} is not a field`)
    if (direction !== "asc" && direction !== "desc") return fail("sort", "the direction is asc or desc")
    query.push(["sort", `${name},${direction}`])
  }
  if (options.includeInactive === true) query.push(["includeInactive", "true"])
  return Result.succeed({ query, size, limit: options.limit })
}

/** The iMednet client. Each of its layers needs a configuration and an HttpClient. @category services */
export class Imednet extends Context.Service<Imednet, ImednetShape>()("@heddle/imednet/Imednet") {
  /** The client over the HttpClient in force; `@heddle/imednet/node` has one for Node. */
  static readonly layer: Layer.Layer<Imednet, never, ImednetConfig | HttpClient.HttpClient> = Layer.effect(
    Imednet,
    Effect.gen(function* () {
      const config = yield* ImednetConfig
      return yield* make(yield* Rate.make({ name: "imednet", ...config.rate }))
    }),
  )

  /** The same with a rate limit of your own, for several clients that share a budget. */
  static readonly layerWith = (rate: RateLimit): Layer.Layer<Imednet, never, ImednetConfig | HttpClient.HttpClient> =>
    Layer.effect(Imednet, make(rate))
}

/**
 * Makes a client that takes each request's token from `rate`. Nothing is asked of the server yet. Most callers use
 * {@link Imednet.layer}; give a limit of your own where several clients share one.
 *
 * @category constructors
 */
export const make = Effect.fnUntraced(function* (
  rate: RateLimit,
): Effect.fn.Return<ImednetShape, never, ImednetConfig | HttpClient.HttpClient> {
  const config = yield* ImednetConfig
  const client = yield* HttpClient.HttpClient
  const transport = yield* Transport.make(config, client, rate)
  const drift = Drift.make()

  const segmentsOf = (study: StudyKey | undefined, ...rest: ReadonlyArray<string>) =>
    study === undefined ? ["studies"] : ["studies", study, ...rest]

  const rawPages = (
    resource: ResourceName,
    study: StudyKey | undefined,
    prepared: Prepared,
    options: AnyOptions,
  ): Stream.Stream<Paging.RawPage, ImednetError> =>
    Paging.pages({
      endpoint: resource,
      studyKey: study,
      idField: resources[resource].id,
      pageSize: prepared.size,
      pagesMax: config.pagesMax,
      streamTimeoutMs: config.streamTimeoutMs,
      limit: prepared.limit,
      keepRepeated: options.keepRepeated ?? resource === "studies",
      strict: config.strict,
      drift,
      fetch: (page, size) =>
        Effect.map(
          transport.send({
            endpoint: resource,
            studyKey: study,
            segments: segmentsOf(study, resources[resource].path),
            query: [["page", String(page)], ["size", String(size)], ...prepared.query],
          }),
          (answer) => answer.body,
        ),
    })

  const decodePage = <F extends Model.Fields>(
    resource: ResourceName,
    model: Model.Model<F>,
    study: StudyKey | undefined,
    raw: Paging.RawPage,
    tolerant: boolean,
  ): Result.Result<Page<Model.ItemOf<F>>, ImednetError> => {
    const state = Model.decodeState()
    const items: Array<Model.ItemOf<F>> = []
    const indexes: Array<number> = []
    const rejected: Array<Rejected> = []
    for (let i = 0; i < raw.items.length; i++) {
      const position = raw.positions[i] ?? i
      const item = Model.decodeItem(model, raw.items[i], state, `data[${position}]`)
      if (config.strict && state.firstDrift !== undefined) {
        const { path, kind } = state.firstDrift
        return Result.fail(wrongShape(resource, path, strictProblem[kind]))
      }
      if (item !== undefined) {
        items.push(item)
        indexes.push(raw.offset + position)
        continue
      }
      const { path, problem } = state.problem ?? { path: `data[${position}]`, problem: "cannot be read" }
      if (!tolerant) return Result.fail(wrongShape(resource, path, problem))
      rejected.push({ index: raw.offset + position, path, problem })
      state.problem = undefined
    }
    for (const entry of state.drift.values()) drift.add(study ?? null, resource, entry.field, entry.kind, entry.count)
    return Result.succeed({
      page: raw.page,
      items,
      indexes,
      rejected,
      totalElements: raw.totalElements,
      warnings: raw.warnings,
    })
  }

  const pagesOf = <F extends Model.Fields>(
    resource: ResourceName,
    model: Model.Model<F>,
    study: StudyKey | undefined,
    options: AnyOptions,
  ): Stream.Stream<Page<Model.ItemOf<F>>, ImednetError> => {
    const prepared = prepare(resource, options, config)
    if (Result.isFailure(prepared)) return Stream.fail(prepared.failure)
    return rawPages(resource, study, prepared.success, options).pipe(
      Stream.mapEffect((raw) => Effect.fromResult(decodePage(resource, model, study, raw, options.tolerant ?? false))),
      Stream.withSpan(`imednet.${resource}`, { attributes: { endpoint: resource, studyKey: study ?? "" } }),
    )
  }

  const countOf = <F extends Model.Fields>(
    resource: ResourceName,
    model: Model.Model<F>,
    study: StudyKey | undefined,
    options: AnyOptions,
  ): Effect.Effect<number, ImednetError> => {
    const prepared = prepare(resource, options, config)
    if (Result.isFailure(prepared)) return Effect.fail(prepared.failure)
    return Effect.gen(function* () {
      const answer = yield* transport.send({
        endpoint: resource,
        studyKey: study,
        segments: segmentsOf(study, resources[resource].path),
        query: [["page", "0"], ["size", "1"], ...prepared.success.query],
      })
      const envelope = Paging.readEnvelope(answer.body, resource)
      if ("_tag" in envelope) return yield* envelope
      if (envelope.totalElements !== undefined) return envelope.totalElements
      // A server that announces nothing has to be read to the end.
      return yield* Stream.runFold(
        pagesOf(resource, model, study, { ...options, tolerant: true }),
        () => 0,
        (sum, page) => sum + page.items.length + page.rejected.length,
      )
    }).pipe(Effect.withSpan(`imednet.${resource}.count`, { attributes: { endpoint: resource, studyKey: study ?? "" } }))
  }

  /** A list that belongs to a study. */
  const scoped = <R extends Exclude<ResourceName, "studies">, F extends Model.Fields>(
    resource: R,
    model: Model.Model<F>,
  ) => {
    const withStudy = (operation: string, options: AnyOptions) =>
      CurrentStudy.resolve(`${resource}.${operation}`, options.study)
    const pages = (options: AnyOptions = {}) =>
      Stream.unwrap(Effect.map(withStudy("list", options), (study) => pagesOf(resource, model, study, options)))
    return {
      pages,
      list: (options?: AnyOptions) => itemsOf(pages(options)),
      count: (options: AnyOptions = {}) =>
        Effect.flatMap(withStudy("count", options), (study) => countOf(resource, model, study, options)),
    }
  }

  const decodeOne = <F extends Model.Fields>(
    endpoint: string,
    model: Model.Model<F>,
    study: StudyKey | undefined,
    body: Schema.Json | undefined,
    path: string,
  ): Effect.Effect<Model.ItemOf<F>, ImednetError> => {
    const state = Model.decodeState()
    const item = Model.decodeItem(model, body, state, path)
    if (config.strict && state.firstDrift !== undefined)
      return Effect.fail(wrongShape(endpoint, state.firstDrift.path, strictProblem[state.firstDrift.kind]))
    if (item === undefined)
      return Effect.fail(wrongShape(endpoint, state.problem?.path ?? path, state.problem?.problem ?? "cannot be read"))
    for (const entry of state.drift.values()) drift.add(study ?? null, endpoint, entry.field, entry.kind, entry.count)
    return Effect.succeed(item)
  }

  const getJob = (study: StudyKey, batchId: string) =>
    Effect.flatMap(
      transport.send({ endpoint: "jobs", studyKey: study, segments: ["studies", study, "jobs", batchId] }),
      (answer) => decodeOne("jobs", Job, study, answer.body, "(body)"),
    )

  const create = Effect.fn("Imednet.records.create")(function* (
    items: ReadonlyArray<Write.RecordWrite>,
    options: WriteOptions = {},
  ) {
    const study = yield* CurrentStudy.resolve("records.create", options.study)
    const body = yield* Effect.fromResult(Write.encode(items))
    const problem = options.emailNotify === undefined ? undefined : Write.emailProblem(options.emailNotify)
    if (problem !== undefined) return yield* refused("records", "emailNotify", problem)
    const answer = yield* transport.send({
      endpoint: "records",
      studyKey: study,
      segments: ["studies", study, "records"],
      body,
      ...(options.emailNotify === undefined ? {} : { headers: { "x-email-notify": options.emailNotify } }),
    })
    return yield* Jobs.outcomeOf(answer.body, (raw) => decodeOne("records", Job, study, raw, "(body)"))
  })

  const studies = (options: AnyOptions = {}) => pagesOf("studies", Study, undefined, options)

  return {
    location: config.baseUrl,
    pageSize: config.pageSize,
    drift,
    studies: {
      pages: studies,
      list: (options) => itemsOf(studies(options)),
      count: (options = {}) => countOf("studies", Study, undefined, options),
      get: (key) =>
        Effect.flatMap(transport.send({ endpoint: "studies", studyKey: key, segments: ["studies", key] }), (answer) =>
          decodeOne("studies", Study, key, answer.body, "(body)"),
        ),
    },
    sites: scoped("sites", resources.sites.model),
    subjects: scoped("subjects", resources.subjects.model),
    records: {
      ...scoped("records", resources.records.model),
      create,
      createAndWait: Effect.fn("Imednet.records.createAndWait")(function* (items, options = {}) {
        const study = yield* CurrentStudy.resolve("records.createAndWait", options.study)
        const outcome = yield* create(items, { ...options, study })
        if (outcome._tag === "Accepted") return outcome
        const job = yield* Jobs.wait(outcome.batchId, getJob(study, outcome.batchId), config.jobs, options).pipe(
          // The write was accepted; whatever goes wrong while waiting, sending it again would write twice.
          Effect.mapError((error) => withData(error, { retryable: false })),
        )
        return { _tag: "Job" as const, batchId: outcome.batchId, job }
      }),
    },
    recordRevisions: scoped("recordRevisions", resources.recordRevisions.model),
    forms: scoped("forms", resources.forms.model),
    intervals: scoped("intervals", resources.intervals.model),
    variables: scoped("variables", resources.variables.model),
    queries: scoped("queries", resources.queries.model),
    visits: scoped("visits", resources.visits.model),
    users: scoped("users", resources.users.model),
    codings: scoped("codings", resources.codings.model),
    named: (resource) => scoped<typeof resource, Model.Fields>(resource, resources[resource].model) as AnyListEndpoint, // every field of every model is JSON
    jobs: {
      get: Effect.fn("Imednet.jobs.get")(function* (batchId, options = {}) {
        return yield* getJob(yield* CurrentStudy.resolve("jobs.get", options.study), batchId)
      }),
      wait: Effect.fn("Imednet.jobs.wait")(function* (batchId, options = {}) {
        const study = yield* CurrentStudy.resolve("jobs.wait", options.study)
        return yield* Jobs.wait(batchId, getJob(study, batchId), config.jobs, options)
      }),
      list: Effect.fn("Imednet.jobs.list")(function* (options = {}) {
        const study = yield* CurrentStudy.resolve("jobs.list", options.study)
        const answer = yield* transport.send({
          endpoint: "jobs",
          studyKey: study,
          segments: ["studies", study, "jobs"],
        })
        if (!Array.isArray(answer.body)) return yield* wrongShape("jobs", "(body)", "something else than a list")
        const list: ReadonlyArray<Schema.Json> = answer.body
        return yield* Effect.forEach(list, (raw, index) => decodeOne("jobs", Job, study, raw, `[${index}]`))
      }),
    },
  }
})

/** The items of pages, one by one. Nobody sees the pages then, so their warnings are logged. */
const itemsOf = <A, E>(pages: Stream.Stream<Page<A>, E>): Stream.Stream<A, E> =>
  Stream.flatMap(
    Stream.tap(pages, (page) => Effect.forEach(page.warnings, (text) => Effect.logWarning(text), { discard: true })),
    (page) => Stream.fromIterable(page.items),
  )

const strictProblem: { readonly [K in Drift.DriftKind]: string } = {
  unknown: "a field that is not documented",
  repaired: "a value of an undocumented type",
  missing: "a documented field is missing",
  envelope: "not as documented",
  repeated: "an item was given twice",
}
