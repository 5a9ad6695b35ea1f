// A program in any language as the agent: JSON on stdin, JSON on stdout. No shell reads its arguments.
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as CommandAgent from "@heddle/experiments/node/CommandAgent"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { runStudy } from "@heddle/experiments/StudyRunner"
import * as Effect from "effect/Effect"
import * as Logger from "effect/Logger"
import * as Result from "effect/Result"
import { fileURLToPath } from "node:url"

const study = Result.getOrThrow(
  StudyFile.make({
    studyId: "summaries",
    title: "How long answers get",
    factors: [StudyFile.factor("words", [3, 5])],
    agentSpecs: ["writer"],
    problemIds: ["brief"],
    heddle: { timeoutS: 30, retries: 1 },
  }),
)

// Each word of the command is one argument; names in braces are filled in from the run. Any language does:
// ["python3", "writer.py", "{condition.words}"].
const writer = CommandAgent.make({
  argv: [process.execPath, fileURLToPath(new URL("./writer.mjs", import.meta.url)), "{condition.words}"],
  version: "1",
})

const { results } = await Effect.runPromise(
  runStudy(study, {
    agentBindings: { writer },
    problemRegistry: { brief: { family: "text", brief: "say in a few words what a heddle is for" } },
  }).pipe(Effect.provide([LedgerMemory.layer(), Logger.layer([])])),
)
for (const { errorInfo, metrics, outputs, status } of results) {
  process.stdout.write(`${status}\t${String(metrics.get("length"))}\t${String(outputs.get("text") ?? errorInfo)}\n`)
}
if (results.some(({ status }) => status !== "success")) throw new Error("the program did not answer")
