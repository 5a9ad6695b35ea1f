/**
 * The faithful iMednet server as a service: a layer that listens on loopback while its scope is open.
 *
 * ```ts
 * const program = Effect.gen(function* () {
 *   const server = yield* ImednetServer
 *   // ... call server.baseUrl, then ask server.log what arrived
 * })
 * program.pipe(Effect.provide(ImednetServer.layer({ studies: 12, seed: 7 })))
 * ```
 *
 * @layer adapter
 * @module
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import { ExitCode } from "@heddle/core/ExitCode"
import type { Credentials } from "./Api.ts"
import type { StudyData } from "./Generator.ts"
import type { RequestLog } from "./RequestLog.ts"
import * as Server from "./Server.ts"

/**
 * The server cannot start: the port is taken, or an option makes no sense. Trying again helps once the port is free.
 *
 * @category errors
 */
export class ServerStartError extends Schema.TaggedError<ServerStartError>()("ServerStartError", {
  port: Schema.Finite,
  problem: Schema.String,
  kind: Schema.Literals(["port", "options"]),
}) {
  get exitCode(): ExitCode {
    return this.kind === "options" ? ExitCode.usage : ExitCode.refused
  }
  get retryable(): boolean {
    return this.kind === "port"
  }
  get hints(): ReadonlyArray<string> {
    return this.kind === "options" ? ["correct the option and start again"] : ["leave out --port to get a free one"]
  }
  override get message(): string {
    return this.kind === "options"
      ? `the server's options: ${this.problem}`
      : `the server cannot listen on 127.0.0.1:${this.port}: ${this.problem}`
  }
}

/** What a running server offers. @category models */
export interface ImednetServerShape {
  readonly port: number
  /** `http://127.0.0.1:<port>` */
  readonly baseUrl: string
  /** The two keys that it accepts. */
  readonly credentials: Credentials
  readonly log: RequestLog
  readonly faults: Server.FaultControl
  readonly data: StudyData
  /** Closes early; the scope closes it anyway. */
  readonly close: Effect.Effect<void>
}

/** Starts a server for as long as the scope is open. Fails with {@link ServerStartError}. @category constructors */
export const make: (
  options?: Server.ServerOptions,
) => Effect.Effect<ImednetServerShape, ServerStartError, Scope.Scope> = Effect.fn("ImednetServer.make")(function* (
  options: Server.ServerOptions = {},
) {
  const running = yield* Effect.acquireRelease(
    Effect.tryPromise({
      try: () => Server.start(options),
      catch: (error) =>
        new ServerStartError({
          port: options.port ?? 0,
          problem: error instanceof Error ? error.message : String(error),
          kind: error instanceof RangeError ? "options" : "port",
        }),
    }),
    (server) => Effect.promise(server.close),
  )
  return {
    port: running.port,
    baseUrl: running.baseUrl,
    credentials: running.credentials,
    log: running.log,
    faults: running.faults,
    data: running.data,
    close: Effect.promise(running.close),
  }
})

/** The faithful iMednet server. @category services */
export class ImednetServer extends Context.Service<ImednetServer, ImednetServerShape>()(
  "@heddle/imednet/testing/ImednetServer",
) {
  /** Listens on loopback, on a free port unless one is given. */
  static readonly layer = (options: Server.ServerOptions = {}): Layer.Layer<ImednetServer, ServerStartError> =>
    Layer.effect(ImednetServer, make(options))
}
