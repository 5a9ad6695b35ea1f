/**
 * Handler of `heddle demo`: the stand-in server, and over it the commands that everybody uses; then an
 * experiment over the built-in benchmark.
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
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { pasteable } from "../../cli/program.ts"
import { Cli, type CliShape } from "../../runtime/Cli.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { runCommand } from "../../runtime/runCommand.ts"
import { commands } from "../index.ts"

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
    HEDDLE_CONFIG: "none",
    IMEDNET_API_KEY: server.credentials.apiKey,
    IMEDNET_SECURITY_KEY: server.credentials.securityKey,
  }
  const run = (...words: ReadonlyArray<string>) => {
    const flags = [...(output.json ? ["--json"] : []), ...(output.quiet ? ["--quiet"] : [])]
    return Effect.andThen(
      say(`$ ${pasteable(["heddle", ...words, ...places].join(" "), env)}`),
      runCommand([...words, ...places, ...flags], demoEnv, {
        ...cli,
        // The server ends with the demo, so the usual command would find nobody.
        resumeHint: (runId) => pasteable(`heddle demo --resume ${runId}`, env),
      }),
    )
  }
  const say = (text: string) => (output.json ? output.note(text) : output.data(`${text}\n`))
  yield* say(`the stand-in of iMednet listens on ${server.baseUrl}, with ${FakeImednet.demo.entries.length} studies`)
  if (resume !== undefined) return yield* run("studies", "resume", resume, "--retry-failed")
  for (const rule of faults.rules) yield* say(`broken on purpose: ${rule.name ?? JSON.stringify(rule.match ?? {})}`)
  let failed = false
  for (const [index, pipeline] of shows.entries()) {
    yield* say("")
    const runId = `demo-${(yield* Clock.currentTimeMillis).toString(36)}-${index + 1}`
    const code = yield* run("studies", "run", "--pipeline", pipeline, "--concurrency", "4", "--run-id", runId)
    if (code === ExitCode.interrupted) return code
    if (code === ExitCode.partial) failed = true
    // What the script does to studies is announced; anything else is not.
    else if (code !== ExitCode.ok) return code
  }
  const shown = yield* showExperiment(cli, workspace, say)
  if (shown !== ExitCode.ok) return shown
  yield* say("")
  yield* say(
    failed
      ? "The failures were announced, so the demo ends with exit code 0; the same run elsewhere ends with 3."
      : "Every study and every run of the experiment succeeded.",
  )
  yield* say(`ledger and receipts: ${workspace}`)
  return ExitCode.ok
})

/** An experiment with a known answer, by the commands that everybody uses: its file, its runs, its report. */
const showExperiment = Effect.fnUntraced(function* (
  cli: CliShape,
  workspace: string,
  say: (text: string) => Effect.Effect<void>,
): Effect.fn.Return<ExitCode, unknown> {
  const { env, output } = cli
  const runId = `demo-${(yield* Clock.currentTimeMillis).toString(36)}-experiment`
  const folder = join(workspace, "experiments", runId)
  const file = join(folder, "study.yaml")
  const flags = [...(output.json ? ["--json"] : []), ...(output.quiet ? ["--quiet"] : [])]
  const run = (...words: ReadonlyArray<string>) =>
    Effect.andThen(
      say(`$ ${pasteable(["heddle", ...words].join(" "), env)}`),
      runCommand([...words, ...flags], { ...env, HEDDLE_CONFIG: "none", HEDDLE_WORKSPACE: "" }, cli),
    )
  const places = ["--workspace", workspace]
  const out = join(folder, "files")
  // Every demo runs it anew, into a folder of its own.
  const steps: ReadonlyArray<ReadonlyArray<string>> = [
    ["experiments", "init", file],
    ["experiments", "run", file, "--out", out, "--again", "--run-id", runId, ...places],
    ...(commands.some(({ path }) => path.join(" ") === "experiments report")
      ? [["experiments", "report", runId, "--format", "html", "--out", join(workspace, "receipts", runId), ...places]]
      : [["experiments", "status", runId, ...places]]),
  ]
  yield* say("")
  yield* say("an experiment with a known answer: two optimisers, few and many evaluations, three replicates of each")
  for (const words of steps) {
    const code = yield* run(...words)
    if (code !== ExitCode.ok) return code
  }
  return ExitCode.ok
})
