/**
 * How to reach iMednet: address, credentials, and every bound of the client. Made once; nothing here changes later, and
 * the process environment is read at most once and never written.
 *
 * @layer logic
 * @module
 */
import { Secrets } from "@heddle/core/Secrets"
import * as Config from "effect/Config"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Redacted from "effect/Redacted"
import { ImednetError } from "./ImednetError.ts"

/** The vendor's production address. */
export const baseUrlDefault = "https://edc.prod.imednetapi.com"
/** Items that the server gives at most per page. */
export const pageSizeMax = 500

/** Every setting, complete. Times are milliseconds. @category models */
export interface ImednetConfigShape {
  /** Without a trailing `/` and without the `/api` that people paste with it. */
  readonly baseUrl: string
  readonly apiKey: Redacted.Redacted<string>
  readonly securityKey: Redacted.Redacted<string>
  /** Bound of one try, headers and body together. */
  readonly requestTimeoutMs: number
  /** Bound of the time spent fetching all pages of one listing. */
  readonly streamTimeoutMs: number
  /** Requests per second and burst, shared by everything that uses this client. */
  readonly rate: { readonly perSecond: number; readonly burst: number }
  readonly retry: {
    /** Tries after the first one. */
    readonly retriesMax: number
    /** The n-th wait is drawn from 0 up to `baseDelayMs * 2^n`. */
    readonly baseDelayMs: number
    /** No wait is longer, unless the server asks for it. */
    readonly delayMaxMs: number
    /** No new try once a request has taken so long, tries and waits together. */
    readonly elapsedMaxMs: number
    /** A server that asks for a longer wait is taken as refusing. */
    readonly retryAfterCapMs: number
  }
  /** Items per page, 1 to 500. */
  readonly pageSize: number
  /** Pages of one listing. */
  readonly pagesMax: number
  /** Bytes of one answer. */
  readonly bytesMax: number
  /** Every difference from the documented shapes is an error instead of being counted. */
  readonly strict: boolean
  readonly jobs: { readonly pollIntervalMs: number; readonly timeoutMs: number }
}

/** What may be given; the rest takes its default. @category models */
export interface ImednetOptions extends Partial<
  Omit<ImednetConfigShape, "apiKey" | "securityKey" | "rate" | "retry" | "jobs">
> {
  readonly apiKey: string | Redacted.Redacted<string>
  readonly securityKey: string | Redacted.Redacted<string>
  readonly rate?: Partial<ImednetConfigShape["rate"]>
  readonly retry?: Partial<ImednetConfigShape["retry"]>
  readonly jobs?: Partial<ImednetConfigShape["jobs"]>
}

/** Trailing `/` and one trailing `/api` go. @category conversions */
export const normalizeBaseUrl = (text: string): string =>
  text
    .trim()
    .replace(/\/+$/, "")
    .replace(/\/api$/, "")
    .replace(/\/+$/, "")

/**
 * Checks the options, trims the credentials and registers them as secrets. Fails with `InvalidConfig` that names the
 * setting.
 *
 * @category constructors
 */
export const make = Effect.fn("ImednetConfig.make")(function* (options: ImednetOptions) {
  const secrets = yield* Secrets
  const apiKey = yield* credential("IMEDNET_API_KEY", options.apiKey)
  const securityKey = yield* credential("IMEDNET_SECURITY_KEY", options.securityKey)
  secrets.register(apiKey)
  secrets.register(securityKey)
  const baseUrl = normalizeBaseUrl(options.baseUrl ?? baseUrlDefault)
  const problem = urlProblem(baseUrl)
  if (problem !== undefined) return yield* invalid("IMEDNET_BASE_URL", problem)
  const config: ImednetConfigShape = {
    baseUrl,
    apiKey,
    securityKey,
    requestTimeoutMs: options.requestTimeoutMs ?? 30_000,
    streamTimeoutMs: options.streamTimeoutMs ?? 3_600_000,
    rate: { perSecond: options.rate?.perSecond ?? 10, burst: options.rate?.burst ?? 20 },
    retry: {
      retriesMax: options.retry?.retriesMax ?? 3,
      baseDelayMs: options.retry?.baseDelayMs ?? 500,
      delayMaxMs: options.retry?.delayMaxMs ?? 30_000,
      elapsedMaxMs: options.retry?.elapsedMaxMs ?? 300_000,
      retryAfterCapMs: options.retry?.retryAfterCapMs ?? 60_000,
    },
    pageSize: options.pageSize ?? pageSizeMax,
    pagesMax: options.pagesMax ?? 20_000,
    bytesMax: options.bytesMax ?? 268_435_456,
    strict: options.strict ?? false,
    jobs: { pollIntervalMs: options.jobs?.pollIntervalMs ?? 5_000, timeoutMs: options.jobs?.timeoutMs ?? 300_000 },
  }
  for (const [setting, value, least] of [
    ["requestTimeoutMs", config.requestTimeoutMs, 1],
    ["streamTimeoutMs", config.streamTimeoutMs, 1],
    ["rate.burst", config.rate.burst, 1],
    ["retry.baseDelayMs", config.retry.baseDelayMs, 0],
    ["retry.delayMaxMs", config.retry.delayMaxMs, 0],
    ["retry.elapsedMaxMs", config.retry.elapsedMaxMs, 0],
    ["retry.retryAfterCapMs", config.retry.retryAfterCapMs, 0],
    ["bytesMax", config.bytesMax, 1],
    ["jobs.pollIntervalMs", config.jobs.pollIntervalMs, 1],
    ["jobs.timeoutMs", config.jobs.timeoutMs, 1],
  ] as const) {
    if (!Number.isFinite(value) || value < least) return yield* invalid(setting, `needs a number of at least ${least}`)
  }
  if (!(config.rate.perSecond > 0)) return yield* invalid("rate.perSecond", "needs a number above 0")
  if (!Number.isSafeInteger(config.retry.retriesMax) || config.retry.retriesMax < 0)
    return yield* invalid("retry.retriesMax", "needs a whole number of at least 0")
  if (!Number.isSafeInteger(config.pageSize) || config.pageSize < 1 || config.pageSize > pageSizeMax)
    return yield* invalid("pageSize", `needs a whole number from 1 to ${pageSizeMax}`)
  if (!Number.isSafeInteger(config.pagesMax) || config.pagesMax < 1)
    return yield* invalid("pagesMax", "needs a whole number of at least 1")
  return config
})

const invalid = (setting: string, problem: string): ImednetError =>
  new ImednetError({
    reason: { _tag: "InvalidConfig", setting, problem },
    endpoint: "config",
    retryable: false,
    attempts: 0,
  })

const credential = (
  setting: string,
  given: string | Redacted.Redacted<string>,
): Effect.Effect<Redacted.Redacted<string>, ImednetError> => {
  const text = (typeof given === "string" ? given : Redacted.value(given)).trim()
  if (text === "") return Effect.fail(invalid(setting, "is missing or blank"))
  // Anything else would be cut, refused or smuggled into another header by HTTP; the value itself is not shown.
  if (!/^[\x21-\x7e]+$/.test(text))
    return Effect.fail(invalid(setting, "has a character that no HTTP header may carry"))
  return Effect.succeed(Redacted.make(text, { label: setting }))
}

const urlProblem = (text: string): string | undefined => {
  const url = URL.parse(text)
  if (url === null) return "is not an address such as https://edc.prod.imednetapi.com"
  if (url.protocol !== "https:" && url.protocol !== "http:") return "needs http or https"
  if (url.username !== "" || url.password !== "") return "must not hold a user name or password"
  if (url.search !== "" || url.hash !== "") return "must not hold a query or fragment"
  return undefined
}

/** The configuration in force. @category services */
export class ImednetConfig extends Context.Service<ImednetConfig, ImednetConfigShape>()(
  "@heddle/imednet/ImednetConfig",
) {
  /** From given options. */
  static readonly layer = (options: ImednetOptions): Layer.Layer<ImednetConfig, ImednetError> =>
    Layer.effect(ImednetConfig, make(options))

  /**
   * Credentials and address from `IMEDNET_API_KEY`, `IMEDNET_SECURITY_KEY` and `IMEDNET_BASE_URL` of the ConfigProvider
   * in force; everything else from the options.
   */
  static readonly layerEnv = (
    options: Omit<ImednetOptions, "apiKey" | "securityKey"> = {},
  ): Layer.Layer<ImednetConfig, ImednetError> =>
    Layer.effect(
      ImednetConfig,
      Effect.gen(function* () {
        const read = (name: string) =>
          Effect.mapError(Config.option(Config.String(name)), () => invalid(name, "cannot be read"))
        const apiKey = yield* read("IMEDNET_API_KEY")
        const securityKey = yield* read("IMEDNET_SECURITY_KEY")
        const baseUrl = yield* read("IMEDNET_BASE_URL")
        const address = options.baseUrl ?? Option.getOrUndefined(Option.filter(baseUrl, (text) => text.trim() !== ""))
        return yield* make({
          ...options,
          apiKey: Option.getOrElse(apiKey, () => ""),
          securityKey: Option.getOrElse(securityKey, () => ""),
          ...(address === undefined ? {} : { baseUrl: address }),
        })
      }),
    )
}
