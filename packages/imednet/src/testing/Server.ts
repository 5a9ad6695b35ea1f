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
import * as RateLimit from "./RateLimit.ts"
import type { RequestLog } from "./RequestLog.ts"
import { make as makeRandom } from "./SeededRandom.ts"

/** What data, how the API behaves, how fast it answers, and what goes wrong. @category models */
export interface ServerOptions extends Generator.DataOptions, Api.ApiOptions, HttpHost.HostOptions {
  /** Milliseconds before each answer: one number, or smallest and largest, drawn from the seed. Default none. */
  readonly latencyMs?: number | Generator.Range
  /** Answers 429 beyond so many requests in any second. Default no limit. */
  readonly rateLimit?: RateLimit.RateLimit
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
  const within = RateLimit.make(options.rateLimit)
  const limited = tooMany(options.rateLimit?.retryAfterSeconds)
  const draw = makeRandom(options.seed ?? 1, "latency")
  const latency = options.latencyMs ?? 0
  const latencyMs = () => (typeof latency === "number" ? latency : draw.int(latency[0], latency[1]))

  const host = await HttpHost.start((request, elapsedMs) => {
    const route = Api.routeOf(request.path)
    const decision = engine.decide(request, route)
    const delayMs = decision.delayMs + latencyMs()
    if (!within(elapsedMs)) return FaultEngine.render(limited, { delayMs, action: undefined }, request, data.nowMs)
    // A write that is refused is not carried out; one whose answer is lost on the way is, as it would be in earnest.
    const answer =
      decision.action !== undefined && refusing.has(decision.action.type) ? nothing : api.answer(request, route)
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

/** Actions that bring an answer of their own. */
const refusing: ReadonlySet<string> = new Set([
  "status",
  "gateway",
  "respond",
  "rateLimited",
  "malformed",
  "echoSecrets",
])
const nothing = Api.plain(200, {})

const tooMany = (retryAfterSeconds: number | undefined): Api.PlainAnswer => {
  const refused = Api.gateway(429)
  return retryAfterSeconds === undefined
    ? refused
    : { ...refused, headers: { ...refused.headers, "retry-after": String(retryAfterSeconds) } }
}
