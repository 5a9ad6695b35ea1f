/**
 * The registry that a command talks to, as layers: the iMednet client made from the settings and the credentials of the
 * environment, behind the interfaces of `@heddle/studies`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import { Imednet } from "@heddle/imednet/Imednet"
import { ImednetConfig } from "@heddle/imednet/ImednetConfig"
import type { ImednetError } from "@heddle/imednet/ImednetError"
import * as ImednetNode from "@heddle/imednet/node"
import * as ImednetStudies from "@heddle/imednet/studies"
import { StudyOrchestrator } from "@heddle/studies/StudyOrchestrator"
import { StudyRegistry } from "@heddle/studies/StudyRegistry"
import type { StudyScopes } from "@heddle/studies/StudyScope"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { defaultBaseUrl } from "../config/Settings.ts"
import { Cli } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"
import { remembering } from "./studyKeys.ts"

/** The credentials' variables. */
export const credentialVariables = ["IMEDNET_API_KEY", "IMEDNET_SECURITY_KEY"] as const

/** What is wrong with the address of the registry, or `undefined`. */
export const baseUrlProblem = (url: string): string | undefined =>
  /^https?:\/\//i.test(url) ? undefined : `the address ${JSON.stringify(url)} is no URL: http:// or https:// is missing`

/** What is done about it. */
export const baseUrlFix = `export IMEDNET_BASE_URL=${defaultBaseUrl}`

/** Says which credential is missing, and that the address is none, before anything is asked. */
export const requireCredentials = Effect.gen(function* () {
  const { env, settings } = yield* Cli
  const problem = baseUrlProblem(settings.text("base-url") ?? defaultBaseUrl)
  if (problem !== undefined) {
    const source = settings.get("base-url")?.source ?? ""
    return yield* new CommandError({
      tag: "InvalidBaseUrl",
      problem: `${source}: ${problem}`,
      hints: [baseUrlFix],
      code: ExitCode.usage,
    })
  }
  const missing = credentialVariables.filter((name) => (env[name] ?? "").trim() === "")
  if (missing.length === 0) return
  return yield* new CommandError({
    tag: "MissingCredentials",
    problem: `${missing.join(" and ")} ${missing.length === 1 ? "is" : "are"} not set`,
    hints: [`export ${missing.map((name) => `${name}=…`).join(" ")}`, "heddle demo"],
    code: ExitCode.usage,
  })
})

/** The client, with the settings of this command. */
export const layerImednet: Layer.Layer<Imednet | ImednetConfig, ImednetError, Cli> = Layer.unwrap(
  Effect.map(Cli, ({ env, settings }) => {
    const perSecond = settings.number("rate")
    const requestTimeoutMs = settings.number("request-timeout")
    const retriesMax = settings.number("request-retries")
    const baseDelayMs = settings.number("retry-delay")
    const baseUrl = settings.text("base-url")
    const config = ImednetConfig.layer({
      apiKey: env["IMEDNET_API_KEY"] ?? "",
      securityKey: env["IMEDNET_SECURITY_KEY"] ?? "",
      strict: settings.boolean("strict"),
      // A burst of two seconds' worth, as the client has it by default.
      ...(perSecond === undefined ? {} : { rate: { perSecond, burst: Math.max(1, Math.round(perSecond * 2)) } }),
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
      ...(baseUrl === undefined ? {} : { baseUrl }),
      retry: {
        ...(retriesMax === undefined ? {} : { retriesMax }),
        ...(baseDelayMs === undefined ? {} : { baseDelayMs }),
      },
    })
    return Imednet.layer.pipe(Layer.provide(ImednetNode.layerHttp), Layer.provideMerge(config))
  }),
)

/** The orchestrator over iMednet; over these studies only, without asking the registry, where keys are given. */
export const layerOver = (
  keys: ReadonlyArray<string> | undefined,
): Layer.Layer<StudyOrchestrator | StudyRegistry | StudyScopes | Imednet, ImednetError, Cli> => {
  const asked = keys === undefined ? ImednetStudies.layerRegistry : StudyRegistry.layerExplicit(keys)
  const registry = Layer.effect(StudyRegistry, Effect.map(StudyRegistry, remembering)).pipe(Layer.provide(asked))
  return StudyOrchestrator.layer.pipe(
    Layer.provideMerge(Layer.merge(registry, ImednetStudies.layerScopes)),
    Layer.provideMerge(layerImednet),
  )
}

/** The same, with the studies that --study names. */
export const layerOrchestrator: Layer.Layer<
  StudyOrchestrator | StudyRegistry | StudyScopes | Imednet,
  ImednetError,
  Cli
> = Layer.unwrap(Effect.map(Cli, ({ settings }) => layerOver(settings.list("study"))))
