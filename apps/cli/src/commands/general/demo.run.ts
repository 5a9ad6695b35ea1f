/**
 * Handler of `heddle demo`: the stand-in server, and over it the commands that everybody uses.
 *
 * @layer app
 * @module
 */
import { join, relative } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import * as FakeImednet from "@heddle/imednet/testing/FakeImednet"
import * as FaultFile from "@heddle/imednet/testing/FaultFile"
import * as Faults from "@heddle/imednet/testing/Faults"
import * as ImednetServer from "@heddle/imednet/testing/ImednetServer"
import * as Effect from "effect/Effect"
import { pasteable } from "../../cli/program.ts"
import { Cli } from "../../runtime/Cli.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { runCommand } from "../../runtime/runCommand.ts"

/** Requests per second that the demo allows itself; the server is on this machine. */
const demoRate = "200"

/** The pipelines of the show, in order. */
const shows = ["enrollment", "open-queries"]

export const handler: Handler = Effect.gen(function* () {
  const cli = yield* Cli
  const { env, output, settings } = cli
  const script = settings.text("faults")
  const resume = settings.text("resume")
  const faults =
    script === "none" || (script === undefined && resume !== undefined)
      ? Faults.none
      : script === undefined
        ? FakeImednet.demoFaults
        : yield* FaultFile.load(script)
  const seed = settings.text("seed")
  const server = yield* ImednetServer.make({ ...FakeImednet.demo, ...(seed === undefined ? {} : { seed }), faults })
  const workspace = relative(process.cwd(), join(settings.workspace, "demo")) || "."
  const places = ["--workspace", workspace, "--base-url", server.baseUrl, "--rate", demoRate, "--retry-delay", "50ms"]
  const demoEnv = {
    ...env,
    HEDDLE_CONFIG: "",
    IMEDNET_API_KEY: server.credentials.apiKey,
    IMEDNET_SECURITY_KEY: server.credentials.securityKey,
  }
  const run = (...words: ReadonlyArray<string>) => {
    const flags = [...(output.json ? ["--json"] : []), ...(output.quiet ? ["--quiet"] : [])]
    return Effect.andThen(
      say(`$ heddle ${words.join(" ")}`),
      runCommand([...words, ...places, ...flags], demoEnv, cli),
    )
  }
  const say = (text: string) => (output.json ? output.note(text) : output.data(`${text}\n`))
  yield* say(`the stand-in of iMednet listens on ${server.baseUrl}, with ${FakeImednet.demo.entries.length} studies`)
  if (resume !== undefined) return yield* run("studies", "resume", resume, "--retry-failed")
  for (const rule of faults.rules) yield* say(`broken on purpose: ${rule.name ?? JSON.stringify(rule.match ?? {})}`)
  const hints: Array<string> = []
  for (const [index, pipeline] of shows.entries()) {
    yield* say("")
    const runId = `demo-${yield* Effect.sync(() => Date.now().toString(36))}-${index + 1}`
    const code = yield* run("studies", "run", "--pipeline", pipeline, "--concurrency", "4", "--run-id", runId)
    if (code === ExitCode.interrupted) return code
    if (code === ExitCode.partial) hints.push(pasteable(`heddle demo --resume ${runId}`, env))
    // What the script does to studies is announced; anything else is not.
    else if (code !== ExitCode.ok) return code
  }
  yield* say("")
  yield* say(
    hints.length === 0
      ? "Every study succeeded."
      : "The failures were announced, so the demo ends with exit code 0; the same run elsewhere ends with 3.",
  )
  yield* say(`ledger and receipts: ${workspace}`)
  if (hints.length > 0) {
    yield* output.warn(`\nThe studies heal when nothing is broken any more; to run only what failed:\n`)
    for (const hint of hints) yield* output.warn(`hint: ${hint}`)
  }
  return ExitCode.ok
})
