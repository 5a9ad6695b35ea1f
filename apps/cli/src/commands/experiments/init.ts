/**
 * `heddle experiments init`: a study file to begin with.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const experimentsInit: CommandSpec = {
  path: ["experiments", "init"],
  summary: "write a study file to begin with; the starter runs as it is",
  description: [
    "Without --recipe, a commented 2x2 study of two built-in optimisers. A recipe is a study of a question that is often asked; its agents and problems are names that you bind when you run it.",
    "Recipes: agent-architecture-comparison, prompt-framing, grammar-scaffold, human-vs-agent-process, diversity-and-exploration, optimization-benchmark, univariate-comparison, bivariate-comparison, strategy-comparison.",
  ],
  positionals: [{ name: "FILE", summary: "the file, which must not exist; study.yaml unless given", required: false }],
  flags: [{ name: "recipe", kind: "text", valueName: "NAME", summary: "begin with this recipe instead" }],
  exitCodes: [ExitCode.unreachable, ExitCode.refused],
  examples: [
    { command: "heddle experiments init", note: "study.yaml, which runs as it is" },
    { command: "heddle experiments init framing.yaml --recipe prompt-framing", note: "one of the recipes" },
  ],
  load: () => import("./init.run.ts"),
}
