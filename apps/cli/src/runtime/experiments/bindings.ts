/**
 * What a command was told about the agents, problems and runner of a study, as what a study can be run with. No code is
 * taken from a study file: a name means a built-in, or what a flag or the bindings file says of it.
 *
 * @layer adapter
 * @module
 */
import { resolve } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import type { AgentBindings } from "@heddle/experiments/Agents"
import * as Builtins from "@heddle/experiments/Builtins"
import * as BindingsFile from "@heddle/experiments/node/BindingsFile"
import * as Bind from "@heddle/experiments/node/Bind"
import type { ProblemRegistry } from "@heddle/experiments/Problems"
import type { RunFunction, RunModule } from "@heddle/experiments/RunBinding"
import type { TextError } from "@heddle/experiments/TextError"
import * as Effect from "effect/Effect"
import type { Settings } from "../../config/Setting.ts"
import { CommandError } from "../CommandError.ts"
import { readText } from "./studyFile.ts"

/** What a study is run with. */
export interface Bound {
  readonly agents: AgentBindings
  readonly problems: ProblemRegistry
  readonly runner: RunFunction | RunModule | undefined
  readonly runnerVersion: string | undefined
  /** Whether code of a file runs, so that threads are needed for it. */
  readonly hasModules: boolean
  /** Programs and scripts of command lines that are not there. */
  readonly absent: ReadonlyArray<string>
  /** Names that were given a meaning, for what is said of names without one. */
  readonly named: BindingsFile.BindingSpecs
}

type Failure = CommandError | BindingsFile.InvalidBindings | TextError

/** What the flags and the bindings file say. `cwd` is what their paths are relative to. */
export const specsOf = Effect.fn("bindings.specsOf")(function* (
  settings: Settings,
  cwd: string,
): Effect.fn.Return<BindingsFile.BindingSpecs, Failure> {
  const file = settings.text("bindings")
  let specs = BindingsFile.empty
  if (file !== undefined) {
    const path = resolve(cwd, file)
    const text = yield* readText(path, "bindings file")
    specs = yield* Effect.fromResult(BindingsFile.parse(text, { source: file, path }))
  }
  const flagged = (flag: "agent" | "problem") =>
    Effect.gen(function* () {
      const found = new Map<string, BindingsFile.BindingSpec>()
      for (const word of settings.list(flag) ?? []) {
        const [name, spec] = yield* Effect.fromResult(BindingsFile.parseNamed(flag, word, cwd))
        if (found.has(name)) {
          return yield* new CommandError({
            tag: "UsageError",
            problem: `--${flag} binds ${JSON.stringify(name)} twice`,
            hints: [`give --${flag} ${name}=… once`],
            code: ExitCode.usage,
          })
        }
        found.set(name, spec)
      }
      return found
    })
  const runner = settings.text("runner")
  return BindingsFile.merge(specs, {
    agents: yield* flagged("agent"),
    problems: yield* flagged("problem"),
    ...(runner === undefined
      ? {}
      : { runner: (yield* Effect.fromResult(BindingsFile.parseNamed("runner", `runner=${runner}`, cwd)))[1] }),
  })
})

/** Makes them ready; built-in names mean themselves unless something else was said. */
export const boundOf = Effect.fn("bindings.boundOf")(function* (specs: BindingsFile.BindingSpecs) {
  const made = yield* Bind.bind(specs)
  const bound: Bound = {
    agents: new Map([...Builtins.agents, ...made.agents]),
    problems: new Map([...Builtins.problems, ...made.problems]),
    runner: made.runner,
    runnerVersion: made.runnerVersion,
    hasModules: made.hasModules,
    absent: made.absent,
    named: specs,
  }
  return bound
})
