/**
 * `heddle studies plan`: what a run would do, study by study, and what it would cost in requests.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"
import {
  noEstimateFlag,
  paramFlag,
  pipelineFlag,
  registryEnvironment,
  registryFlags,
  selectionFlags,
} from "../flags.ts"

export const studiesPlan: CommandSpec = {
  path: ["studies", "plan"],
  summary: "what a run would do and how many requests it would take; runs nothing",
  description: [
    "Prints the rows that `heddle studies run` will print, in that order. One small request per study and resource counts the items behind the estimate.",
  ],
  flags: [pipelineFlag, paramFlag, noEstimateFlag, ...selectionFlags, ...registryFlags],
  environment: registryEnvironment,
  exitCodes: [ExitCode.partial, ExitCode.credentials, ExitCode.unreachable, ExitCode.nothing],
  examples: [
    { command: "heddle studies plan --pipeline enrollment", note: "what enrollment would read" },
    { command: "heddle studies plan --exclude DEMO --json", note: "the plan as JSON, with its hash" },
  ],
  load: () => import("./plan.run.ts"),
}
