#!/usr/bin/env node
/**
 * The entry of `heddle`: a table of contents. Help, version, completions and usage errors are answered from the specs;
 * only a command that does something loads more.
 *
 * @layer app
 * @module
 */
// First: the modules below load only where this one let the process live.
import "./cli/requireNode.ts"
import * as nodeModule from "node:module"
import { completionScript, shells } from "./cli/completions.ts"
import { exitCodesPage, helpPage } from "./cli/help.ts"
import { parse } from "./cli/parse.ts"
import { failureText, isReaderGone, lostOutput, reportEarly } from "./cli/report.ts"
import type { Invocation } from "./cli/Spec.ts"
import { nearest } from "./cli/suggest.ts"
import { UsageError } from "./cli/UsageError.ts"
import { version } from "./cli/version.ts"
import { commands } from "./commands/index.ts"

nodeModule.enableCompileCache?.()

// Older Nodes call node:sqlite experimental on stderr; that is no news for people who run studies.
process.removeAllListeners("warning")
process.on("warning", (warning) => {
  if (warning.name !== "ExperimentalWarning") process.stderr.write(`warning: ${warning.message}\n`)
})

const main = async (args: ReadonlyArray<string>): Promise<void> => {
  const parsed = parse(args, commands)
  switch (parsed._tag) {
    case "Version":
      return answer(`heddle ${version}\n`)
    case "Help":
      return answer(helpPage(parsed.path, commands))
    case "Command": {
      const { invocation } = parsed
      const { load, opening } = invocation.spec
      if (load === undefined) return answer(answerOf(invocation))
      if (opening !== undefined && invocation.flags.get("json") !== true) answer(`${opening}\n`)
      const [{ runHandler }, { handler }] = await Promise.all([import("./runtime/runHandler.ts"), load()])
      await runHandler(handler, invocation)
    }
  }
}

/** What the commands without a handler print. */
const answerOf = ({ spec, positionals }: Invocation): string => {
  const [topic = "", verb = ""] = positionals
  if (spec.path[0] === "completions") {
    return completionScript(shells.find((shell) => shell === topic) ?? "bash", commands)
  }
  if (topic === "exit-codes") return exitCodesPage()
  const path = [topic, verb].filter((word) => word !== "")
  if (path.length === 0 || commands.some((command) => path.every((word, index) => command.path[index] === word))) {
    return helpPage(path, commands)
  }
  const topics = ["exit-codes", ...new Set(commands.flatMap((command) => command.path))]
  const meant = nearest(path[path.length - 1] ?? "", topics)
  throw new UsageError(
    `there is no help on ${JSON.stringify(path.join(" "))}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
    ["heddle --help"],
  )
}

const answer = (text: string): void => {
  process.stdout.on("error", (error) => {
    if (isReaderGone(error)) return
    const report = lostOutput(error.message)
    process.exitCode = report.exitCode
    process.stderr.write(failureText(report))
  })
  process.stdout.write(text)
}

const args = process.argv.slice(2)
try {
  await main(args)
} catch (error) {
  process.exitCode = reportEarly(error, args.includes("--json"))
}
