/**
 * A faithful iMednet server on loopback: generated study data behind the whole API, with a request log, a rate limit if
 * wanted, and faults on request. This is the plain form for programs without Effect; see {@link ImednetServer} for the
 * layer.
 *
 * @layer adapter
 * @module
 */
import * as Api from "./Api.ts"
import * as FaultEngine from "./FaultEngine.ts"
import type { FaultScript } from "./Faults.ts"
import * as Generator from "./Generator.ts"
import * as HttpHost from "./HttpHost.ts"
import type { RequestLog } from "./RequestLog.ts"
import { make as makeRandom } from "./SeededRandom.ts"

/** @category models */
export interface ServerOptions extends Generator.DataOptions, Api.ApiOptions, HttpHost.HostOptions {
  /** Milliseconds before each answer: one number, or smallest and largest, drawn from the seed. Default none. */
  readonly latencyMs?: number | Generator.Range
  /** Answers 429 beyond so many requests in any second. `retryAfterSeconds` is sent unless left out. Default no limit. */
  readonly rateLimit?: { readonly perSecond: number; readonly retryAfterSeconds?: number }
  readonly faults?: FaultScript
}

/** The faults of a running server. @category models */
export interface FaultControl {
  /** Replaces the script; counting begins anew. */
  readonly set: (script: FaultScript) => void
  readonly clear: () => void
  /** How often each rule fired, in the order of the script. */
  readonly fired: () => ReadonlyArray<number>
}

/** A running server. @category models */
export interface Running {
  readonly port: number
  readonly baseUrl: string
  readonly credentials: Api.Credentials
  readonly log: RequestLog
  readonly faults: FaultControl
  readonly data: Generator.StudyData
  readonly close: () => Promise<void>
}

/** Starts a server. Rejects where the port is taken or an option makes no sense. @category constructors */
export const start = async (options: ServerOptions = {}): Promise<Running> => {
  const data = Generator.make(options)
  const api = Api.make(data, options)
  let engine = FaultEngine.make(options.faults ?? { rules: [] })
  const limited = rateLimiter(options.rateLimit)
  const draw = makeRandom(options.seed ?? 1, "latency")
  const latency = options.latencyMs ?? 0
  const latencyMs = () => (typeof latency === "number" ? latency : draw.int(latency[0], latency[1]))

  const host = await HttpHost.start((request, elapsedMs) => {
    const route = Api.routeOf(request.path)
    const decision = engine.decide(request, route)
    const delayMs = decision.delayMs + latencyMs()
    const refused = limited(elapsedMs)
    if (refused !== undefined) {
      return FaultEngine.render(refused, { delayMs, action: undefined }, request, data.nowMs)
    }
    // A request that ends in a fault is not carried out: the answer of a write must not hide that it took place.
    const answer =
      request.method === "POST" && decision.action !== undefined && !sentAfterWork.has(decision.action.type)
        ? Api.plain(202, {})
        : api.answer(request, route)
    return FaultEngine.render(answer, { delayMs, action: decision.action }, request, data.nowMs)
  }, options)

  return {
    port: host.port,
    baseUrl: host.baseUrl,
    credentials: api.credentials,
    log: host.log,
    data,
    close: host.close,
    faults: {
      set: (script) => {
        engine = FaultEngine.make(script)
      },
      clear: () => {
        engine = FaultEngine.make({ rules: [] })
      },
      fired: () => engine.fired(),
    },
  }
}

/** These break the answer of a write that did take place. */
const sentAfterWork: ReadonlySet<string> = new Set(["truncate", "reset", "stall", "patch"])

/** Counts the requests of the last second. */
const rateLimiter = (limit: ServerOptions["rateLimit"]): ((elapsedMs: number) => Api.PlainAnswer | undefined) => {
  if (limit === undefined) return () => undefined
  if (!Number.isInteger(limit.perSecond) || limit.perSecond < 1) {
    throw new RangeError(`rateLimit.perSecond must be a whole number of 1 or more, not ${limit.perSecond}`)
  }
  const recent: Array<number> = []
  return (elapsedMs) => {
    while (recent.length > 0 && (recent[0] ?? elapsedMs) <= elapsedMs - 1000) recent.shift()
    if (recent.length < limit.perSecond) {
      recent.push(elapsedMs)
      return undefined
    }
    const refused = Api.gateway(429)
    return limit.retryAfterSeconds === undefined
      ? refused
      : { ...refused, headers: { ...refused.headers, "retry-after": String(limit.retryAfterSeconds) } }
  }
}
