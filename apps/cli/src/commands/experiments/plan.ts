/**
 * `heddle experiments plan`: every run that a study would have, in order, and what it would take.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"
import { bindingFlags, planFlags, runFlags, studyFile } from "./flags.ts"

export const experimentsPlan: CommandSpec = {
  path: ["experiments", "plan"],
  summary: "the runs of a study, why each, and what they may cost; runs nothing",
  description: [
    "Prints the rows that `heddle experiments run` will have, in that order. With --json, one line per run and nothing else on stdout: run_id, condition_id, seed, replicate, agent_id, problem_id, reason, fingerprint. Names that nothing is bound to are warnings here, and refused by `run`.",
  ],
  positionals: [studyFile],
  flags: [
    ...bindingFlags,
    ...planFlags,
    ...runFlags.filter(({ name }) => name === "parallelism" || name === "concurrency"),
  ],
  exitCodes: [ExitCode.unreachable, ExitCode.refused],
  examples: [
    { command: "heddle experiments plan study.yaml", note: "every run, before anything is spent" },
    { command: "heddle experiments plan study.yaml --json", note: "one JSON line per run" },
  ],
  load: () => import("./plan.run.ts"),
}
