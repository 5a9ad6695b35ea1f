/**
 * Handler of `heddle experiments init`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as DurableNode from "@heddle/core/node/DurableNode"
import { buildDesign } from "@heddle/experiments/BuildDesign"
import * as Recipes from "@heddle/experiments/Recipes"
import * as StudyFile from "@heddle/experiments/StudyFile"
import { agentsOf, problemsOf } from "@heddle/experiments/StudyPlan"
import * as Yaml from "@heddle/experiments/Yaml"
import * as Effect from "effect/Effect"
import { extname } from "node:path"
import { nearest } from "../../cli/suggest.ts"
import { Cli } from "../../runtime/Cli.ts"
import { CommandError } from "../../runtime/CommandError.ts"
import { writeNew } from "../../runtime/experiments/newFile.ts"
import { starterText } from "../../runtime/experiments/starter.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { paste } from "../../runtime/paste.ts"

const recipes: Readonly<Record<string, () => Recipes.BuiltStudy>> = {
  "agent-architecture-comparison": Recipes.buildAgentArchitectureComparisonStudy,
  "prompt-framing": Recipes.buildPromptFramingStudy,
  "grammar-scaffold": Recipes.buildGrammarScaffoldStudy,
  "human-vs-agent-process": Recipes.buildHumanVsAgentProcessStudy,
  "diversity-and-exploration": Recipes.buildDiversityAndExplorationStudy,
  "optimization-benchmark": Recipes.buildOptimizationBenchmarkStudy,
  "univariate-comparison": Recipes.buildUnivariateComparisonStudy,
  "bivariate-comparison": Recipes.buildBivariateComparisonStudy,
  "strategy-comparison": Recipes.buildStrategyComparisonStudy,
}

export const handler: Handler = Effect.gen(function* () {
  const cli = yield* Cli
  const { invocation, output, settings } = cli
  const file = invocation.positionals[0] ?? "study.yaml"
  if (![".yaml", ".yml"].includes(extname(file).toLowerCase())) {
    return yield* new CommandError({
      tag: "UsageError",
      problem: `a study file is written as .yaml or .yml; this is ${file}`,
      hints: ["heddle experiments init study.yaml"],
      code: ExitCode.usage,
    })
  }
  const name = settings.text("recipe")
  const text = name === undefined ? starterText.replaceAll("study.yaml", file) : yield* recipeText(name, file)
  yield* Effect.provide(writeNew(file, text), DurableNode.layer)
  if (output.json) yield* output.line({ type: "written", file, recipe: name ?? null })
  else yield* output.data(`${file}\n`)
  yield* output.note(`see its runs: ${paste(cli, "experiments", "plan", file)}`)
  return ExitCode.ok
})

const recipeText = Effect.fnUntraced(function* (name: string, file: string) {
  const build = Object.hasOwn(recipes, name) ? recipes[name] : undefined
  if (build === undefined) {
    const names = Object.keys(recipes)
    const meant = nearest(name, names)
    return yield* new CommandError({
      tag: "UnknownRecipe",
      problem: `there is no recipe ${JSON.stringify(name)}; ${meant === undefined ? `known are ${names.join(", ")}` : `did you mean ${meant}?`}`,
      hints: [`heddle experiments init ${file} --recipe ${meant ?? names[0] ?? ""}`],
      code: ExitCode.usage,
    })
  }
  const study = yield* Effect.fromResult(build())
  const { conditions } = yield* Effect.fromResult(buildDesign(study))
  // Also those that a factor names.
  const agents = new Set(conditions.flatMap((condition) => agentsOf(study, condition)))
  const problems = new Set(conditions.flatMap((condition) => problemsOf(study, condition)))
  return [
    `# ${study.title}: the recipe ${name}.`,
    "#",
    "# Change what you like, then:",
    "#",
    `#   heddle experiments validate ${file}`,
    `#   heddle experiments plan ${file}`,
    `#   heddle experiments run ${file} --bindings bindings.yaml`,
    "#",
    "# Its agents and problems are names. A bindings file says what they are, such as:",
    "#",
    "#   agents:",
    ...Array.from(agents, (agent) => `#     ${agent}: {module: ./${agent}.mjs}`),
    "#   problems:",
    ...Array.from(problems, (problem) => `#     ${problem}: {module: ./${problem}.mjs}`),
    Yaml.stringify(StudyFile.encode(study)),
  ].join("\n")
})
