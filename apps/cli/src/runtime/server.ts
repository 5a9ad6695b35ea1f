/**
 * Which registry a run asks: it stands in the receipt, and a resumed run goes on with the same one.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Effect from "effect/Effect"
import { defaultBaseUrl } from "../config/Settings.ts"
import type { Settings } from "../config/Setting.ts"
import type { CliShape } from "./Cli.ts"
import { CommandError } from "./CommandError.ts"
import { paste } from "./paste.ts"

/** Part of the receipt's `details`. */
export interface Server {
  readonly server: string
  /** Requests per second, where it was said. */
  readonly rate?: number
  /** True where the studies were named with --study and the registry was not asked. */
  readonly noRegistry?: boolean
}

/** An address without credentials and without a slash at its end. */
const plain = (url: string): string => {
  if (!URL.canParse(url)) return url
  const { origin, pathname } = new URL(url)
  return `${origin}${pathname}`.replace(/\/+$/, "")
}

/** The server of this command. */
export const serverOf = (settings: Settings): Server => {
  const rate = settings.number("rate")
  return {
    server: plain(settings.text("base-url") ?? defaultBaseUrl),
    ...(rate === undefined ? {} : { rate }),
    ...(settings.list("study") === undefined && !settings.boolean("no-registry") ? {} : { noRegistry: true }),
  }
}

/** The server among the details of a run; runs of older versions have none. */
export const storedServer = (details: Readonly<Record<string, unknown>> | undefined): Partial<Server> => {
  const { server, rate, noRegistry } = details ?? {}
  return {
    ...(typeof server === "string" ? { server } : {}),
    ...(typeof rate === "number" ? { rate } : {}),
    ...(noRegistry === true ? { noRegistry } : {}),
  }
}

/**
 * The command under the conditions of a run that goes on: its rate, unless another is given now. Fails with exit code 6
 * where the settings mean another server and the command line does not name it.
 */
export const resumedOn = (
  cli: CliShape,
  runId: string,
  details: Readonly<Record<string, unknown>> | undefined,
): Effect.Effect<CliShape, CommandError> => {
  const { settings } = cli
  const before = storedServer(details)
  const { server } = serverOf(settings)
  if (before.server !== undefined && before.server !== server && settings.get("base-url")?.source !== "--base-url") {
    return Effect.fail(
      new CommandError({
        tag: "OtherServer",
        problem: `run ${runId} asked ${before.server}, and now ${server} would be asked; nothing was changed`,
        hints: [
          paste(cli, "studies", "resume", runId, "--base-url", before.server),
          `or, where it is the same registry: ${paste(cli, "studies", "resume", runId, "--base-url", server)}`,
        ],
        code: ExitCode.refused,
      }),
    )
  }
  const { rate } = before
  if (rate === undefined || settings.get("rate")?.source === "--rate") return Effect.succeed(cli)
  return Effect.succeed({
    ...cli,
    settings: { ...settings, number: (name) => (name === "rate" ? rate : settings.number(name)) },
  })
}

/** The command that goes on with a run, with the flags that it needs. */
export const resumeHint = (
  cli: CliShape,
  area: string,
  runId: string,
  needs: { readonly server: Partial<Server>; readonly final: boolean },
): string => {
  const { env, settings } = cli
  const own = cli.resumeHint?.(runId)
  if (own !== undefined) return own
  const { server, noRegistry } = needs.server
  // A run that was sent elsewhere by a flag goes on there only where it is told so again.
  const elsewhere =
    settings.get("base-url")?.source !== "--base-url" &&
    server !== undefined &&
    server !== plain(settings.text("base-url") ?? env["IMEDNET_BASE_URL"] ?? defaultBaseUrl)
  return paste(
    cli,
    area,
    "resume",
    runId,
    ...(needs.final ? ["--retry-failed"] : []),
    ...(noRegistry === true ? ["--no-registry"] : []),
    ...(elsewhere ? ["--base-url", server] : []),
  )
}
