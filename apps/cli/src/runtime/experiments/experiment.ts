/**
 * A study with everything that it would be run with, and the plan of its runs: made in one place for `plan`, `run`,
 * `resume` and `export`, so that what is shown is what is run.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as ModuleImports from "@heddle/core/node/ModuleImports"
import * as PlacementWorkers from "@heddle/core/node/PlacementWorkers"
import { idleConstraints } from "@heddle/experiments/Constraints"
import { issueText } from "@heddle/experiments/ExperimentError"
import type { Study } from "@heddle/experiments/Study"
import { planStudy, type StudyBindings } from "@heddle/experiments/StudyRunner"
import { checkStudy } from "@heddle/experiments/ValidateStudy"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Settings } from "../../config/Setting.ts"
import type { CliShape } from "../Cli.ts"
import { CommandError } from "../CommandError.ts"
import { credentialVariables } from "../registry.ts"
import { type Bound, boundOf, specsOf } from "./bindings.ts"
import { overridden, parallelismOf, progressOf } from "./overrides.ts"
import { loadStudy, matrixOf } from "./studyFile.ts"
import type { DesignMatrix } from "@heddle/experiments/BuildDesign"

/** The plan of a study with its conditions and what its names are bound to. */
export type Prepared = Effect.Success<ReturnType<typeof planStudy>>

/** Names that nothing is bound to. */
export interface Missing {
  readonly agents: ReadonlyArray<string>
  readonly problems: ReadonlyArray<string>
  /** The study names no problem, so its runs are one function each, and there is none. */
  readonly runner: boolean
}

/** Where a study's text is from. */
export interface Source {
  /** As it was given. */
  readonly file: string
  readonly text: string
  readonly format: "yaml" | "json"
  readonly matrix: DesignMatrix | undefined
}

/** A study that can be planned, and run where nothing is missing. */
export interface Experiment {
  readonly source: Source
  /** As it is run: with what flags say of it. */
  readonly study: Study
  readonly bound: Bound
  /** What `runStudy` and its kin are given. */
  readonly options: StudyBindings
  readonly prepared: Prepared
  readonly missing: Missing
}

const problemFactors: ReadonlyArray<string> = ["problem_id", "problem"]

/** Whether anything says what agents work on; otherwise a run is one function. */
const namesProblems = ({ factors, problemIds }: Study): boolean =>
  problemIds.length > 0 || factors.some(({ name }) => problemFactors.includes(name))

/** Never called: a study whose runner is missing is planned and not run. */
const noRunner = (): never => {
  throw new Error("no runner is bound")
}

/** Reads a study file with its matrix. */
export const readSource = Effect.fn("experiment.readSource")(function* (file: string) {
  const { folder, format, study, text } = yield* loadStudy(file)
  const source: Source = { file, text, format, matrix: yield* matrixOf({ folder, study }) }
  return { source, study }
})

/** Plans a study with what flags and bindings say; what is missing is data. `cwd` is what their paths are relative to. */
export const experimentOf = Effect.fn("experiment.experimentOf")(function* (
  source: Source,
  written: Study,
  settings: Settings,
  cwd: string,
) {
  const study = yield* Effect.fromResult(overridden(written, settings))
  // Flags that contradict each other are told before anything is written.
  yield* Effect.fromResult(parallelismOf(settings))
  yield* Effect.fromResult(progressOf(settings))
  const specs = yield* specsOf(settings, cwd)
  const bound = yield* boundOf(specs)
  const missingRunner = bound.runner === undefined && !namesProblems(study)
  const runner = missingRunner ? noRunner : bound.runner
  const { matrix } = source
  const options: StudyBindings = {
    agentBindings: bound.agents,
    problemRegistry: bound.problems,
    compatibility: settings.boolean("compatibility"),
    ...(runner === undefined ? {} : { conditionRunner: runner }),
    ...(bound.runnerVersion === undefined ? {} : { conditionRunnerVersion: bound.runnerVersion }),
    ...(matrix === undefined ? {} : { matrix }),
  }
  // A name without a meaning is said below; the plan has its runs all the same.
  const prepared = yield* planStudy(study, { ...options, compatibility: true })
  const experiment: Experiment = {
    source,
    study,
    bound,
    options,
    prepared,
    missing: missingOf(prepared, missingRunner),
  }
  return experiment
})

const missingOf = ({ agents, planned, problems }: Prepared, runner: boolean): Missing => {
  if (planned.mode === "callback") return { agents: [], problems: [], runner }
  const absent = (names: Iterable<string | null>, known: ReadonlyMap<string, unknown>) => [
    ...new Set([...names].filter((name): name is string => name !== null && !known.has(name))),
  ]
  return {
    agents: absent(
      planned.runs.map(({ agentId }) => agentId),
      agents,
    ),
    problems: absent(
      planned.runs.map(({ problemId }) => problemId),
      problems,
    ),
    runner,
  }
}

/** Each missing name with the flag that binds it. */
export const missingLines = ({ agents, problems, runner }: Missing): ReadonlyArray<readonly [string, string]> => [
  ...(runner ? [["the study names no problem, and no runner is bound", "--runner ./runner.mjs"] as const] : []),
  ...agents.map(
    (name) =>
      [`nothing is bound to the agent ${JSON.stringify(name)}`, `--agent ${flagWord(name)}=./agent.mjs`] as const,
  ),
  ...problems.map(
    (name) =>
      [`nothing is bound to the problem ${JSON.stringify(name)}`, `--problem ${flagWord(name)}=./problem.mjs`] as const,
  ),
]

const flagWord = (name: string): string => (/^[\w.:/-]+$/.test(name) ? name : `'${name.replaceAll("'", `'\\''`)}'`)

/** Refuses (exit code 2) where a name has no meaning, with the flags that give it one, or a program is not there. */
export const refuseMissing = ({ bound, missing, source }: Experiment): Effect.Effect<void, CommandError> => {
  if (bound.absent.length > 0) {
    return Effect.fail(
      new CommandError({
        tag: "MissingPrograms",
        problem: `${bound.absent.join("; ")}; nothing was run`,
        hints: ["correct the command line; its paths are relative to the folder that it was given in"],
        code: ExitCode.usage,
      }),
    )
  }
  const lines = missingLines(missing)
  if (lines.length === 0) return Effect.void
  return Effect.fail(
    new CommandError({
      tag: "MissingBindings",
      problem: lines.map(([problem]) => problem).join("; "),
      hints: [
        `heddle experiments run ${flagWord(source.file)} ${lines.map(([, flag]) => flag).join(" ")}`,
        "or name them all in a file: --bindings bindings.yaml",
      ],
      code: ExitCode.usage,
    }),
  )
}

/** Findings of our own checks: errors stop a run, and a plan says them. */
export const findings = ({ prepared, study }: Pick<Experiment, "prepared" | "study">) => {
  const { errors, warnings } = checkStudy(study)
  const idle = idleConstraints(study.constraints, prepared.conditions)
  return { errors, warnings: [...warnings, ...idle].map(issueText), errorTexts: errors.map(issueText) }
}

/** From where users' files get `effect` and `@heddle/*`. */
const importBases = [import.meta.url, ...ModuleImports.basesDefault]

/** Users' files that are loaded in this process (problems) find this installation's packages. */
export const layerImports: Layer.Layer<never> = ModuleImports.layer({ bases: importBases })

/** Where code of files runs: in threads that do not see the credentials, unless told otherwise. */
export const layerPlacement = (cli: CliShape, settings: Settings, bound: Bound): Layer.Layer<never> => {
  if (!bound.hasModules || settings.text("placement") === "fibers") return Layer.empty
  const hidden = new Set<string>(credentialVariables)
  return PlacementWorkers.layer({
    importBases,
    env: Object.fromEntries(Object.entries(cli.env).filter(([name]) => !hidden.has(name))),
    output: (text) => cli.output.stderrNow(text),
  })
}
