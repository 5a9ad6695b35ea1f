/**
 * Handler of `heddle experiments validate`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import { untestable } from "@heddle/experiments/analysis/Rehearsal"
import { idleConstraints } from "@heddle/experiments/Constraints"
import { issueText, InvalidStudy, type Issue } from "@heddle/experiments/ExperimentError"
import * as Effect from "effect/Effect"
import { Cli } from "../../runtime/Cli.ts"
import { stoppingLines } from "../../runtime/experiments/stoppingText.ts"
import { designOf, loadStudy, reviewed } from "../../runtime/experiments/studyFile.ts"
import type { Handler } from "../../runtime/Handler.ts"

export const handler: Handler = Effect.gen(function* () {
  const { invocation, output } = yield* Cli
  const file = invocation.positionals[0] ?? ""
  const tell = (severity: "error" | "warning") => (issue: Issue) =>
    output.json
      ? output.line({ type: "issue", level: severity, file, severity, ...issue })
      : severity === "warning"
        ? output.note(`warning: ${issueText(issue)}`)
        : Effect.void
  const checked = Effect.gen(function* () {
    const loaded = yield* loadStudy(file)
    const { warnings } = yield* reviewed(loaded)
    const { conditions, report } = yield* designOf(loaded)
    const idle = idleConstraints(loaded.study.constraints, conditions)
    const refused = untestable(loaded.study, conditions)
    return { study: loaded.study, warnings: [...warnings, ...idle, ...refused], conditions, report }
  })
  const { conditions, study, warnings } = yield* Effect.tapError(checked, (error) =>
    error instanceof InvalidStudy ? Effect.forEach(error.issues, tell("error")) : Effect.void,
  )
  yield* Effect.forEach(warnings, tell("warning"))
  for (const line of stoppingLines(study, study.runBudget.replicates)) yield* output.note(line)
  const admissible = conditions.filter((condition) => condition.admissible).length
  if (output.json) {
    yield* output.line({
      type: "study",
      file,
      studyId: study.studyId,
      valid: true,
      conditions: conditions.length,
      admissible,
      warnings: warnings.length,
    })
  } else {
    yield* output.data(
      `${file}: ${study.studyId} is valid, ${conditions.length} conditions, ${admissible} of them admissible\n`,
    )
  }
  return ExitCode.ok
})
