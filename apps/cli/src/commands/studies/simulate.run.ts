/**
 * Handler of `heddle studies simulate`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import { credentialsDefault } from "@heddle/imednet/testing/Api"
import * as FaultFile from "@heddle/imednet/testing/FaultFile"
import * as Faults from "@heddle/imednet/testing/Faults"
import * as ImednetServer from "@heddle/imednet/testing/ImednetServer"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import type { Handler } from "../../runtime/Handler.ts"

/** Studies unless --studies says otherwise. */
const studiesDefault = 12

export const handler: Handler = Effect.gen(function* () {
  const { env, output, settings, signals } = yield* Cli
  const script = settings.text("faults")
  const faults = script === undefined ? Faults.none : yield* FaultFile.load(script)
  const apiKey = env["IMEDNET_API_KEY"] ?? ""
  const securityKey = env["IMEDNET_SECURITY_KEY"] ?? ""
  const own = apiKey !== "" && securityKey !== ""
  const stopped = yield* Deferred.make<void>()
  const stop = Effect.asVoid(Deferred.succeed(stopped, undefined))
  yield* signals.direct({ stop, interrupt: stop })
  const server = yield* ImednetServer.make({
    port: settings.number("port") ?? 0,
    studies: settings.number("studies") ?? studiesDefault,
    seed: settings.text("seed") ?? "demo",
    faults,
    ...(own ? { credentials: { apiKey, securityKey } } : {}),
  })
  if (output.json) yield* output.line({ type: "listening", baseUrl: server.baseUrl, port: server.port })
  else yield* output.data(`${server.baseUrl}\n`)
  yield* output.note(
    own
      ? "it accepts the keys of IMEDNET_API_KEY and IMEDNET_SECURITY_KEY; Ctrl-C ends it"
      : `it accepts the keys ${credentialsDefault.apiKey} and ${credentialsDefault.securityKey}; Ctrl-C ends it`,
  )
  yield* Deferred.await(stopped)
  return ExitCode.ok
})
