/**
 * From what names are bound to (files, command lines, web addresses, built-ins) to what a study can be run with. Agents
 * from files are read and hashed here and run only where the run's placement puts them. A problem from a file is loaded in
 * this process, because its evaluator is called here.
 *
 * @layer adapter
 * @module
 */
import * as NodeHttpClient from "@effect/platform-node/NodeHttpClient"
import * as Canonical from "@heddle/core/Canonical"
import { Secrets } from "@heddle/core/Secrets"
import type * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import type { HttpClient } from "effect/http/HttpClient"
import * as Layer from "effect/Layer"
import * as Result from "effect/Result"
import * as Scope from "effect/Scope"
import { accessSync, constants, readFileSync, realpathSync, statSync } from "node:fs"
import { basename, delimiter, resolve } from "node:path"
import { pathToFileURL } from "node:url"
import * as HttpAgent from "../agents/HttpAgent.ts"
import * as Builtins from "../Builtins.ts"
import { packetOf } from "../Problems.ts"
import {
  type Agent,
  type Binding,
  isModule,
  type ProblemPacket,
  type RunFunction,
  type RunModule,
} from "../RunBinding.ts"
import type { RunPlanError } from "../RunError.ts"
import { type BindingSpec, type BindingSpecs, InvalidBindings } from "./BindingsFile.ts"
import * as CommandAgent from "./CommandAgent.ts"
import * as CredentialVariables from "./internal/credentialVariables.ts"
import * as RunModuleFile from "./RunModuleFile.ts"

/** What a study can be run with. @category models */
export interface Bound {
  readonly agents: ReadonlyMap<string, Binding>
  readonly problems: ReadonlyMap<string, ProblemPacket>
  readonly runner: RunFunction | RunModule | undefined
  readonly runnerVersion: string | undefined
  /** Whether code of a file is to be run where the placement says. */
  readonly hasModules: boolean
  /** Programs and scripts of command lines that are not there: no run could be made with them. */
  readonly absent: ReadonlyArray<string>
}

/** Files of a command line that are hashed: larger ones are data, not code. */
const hashedBytesMax = 64 * 1024 * 1024

const invalid = (source: string, message: string): InvalidBindings =>
  new InvalidBindings({ source: "bindings", issues: [{ path: source, message }], count: 1 })

/** The files that a command line names, by their content: a changed program is another agent. */
const hashOfWords = (words: ReadonlyArray<string>, cwd: string): string => {
  const hashes: Array<readonly [string, string]> = []
  for (const word of words) {
    const path = resolve(cwd, word)
    const stat = word === "" || word.includes("\0") ? undefined : statSync(path, { throwIfNoEntry: false })
    if (stat?.isFile() !== true || stat.size > hashedBytesMax) continue
    hashes.push([word, Canonical.sha256Hex(readFileSync(path))])
  }
  return hashes.length === 0 ? "" : Canonical.hash(hashes)
}

/** Programs whose first word with the ending of a script is a file that they read. */
const interpreters =
  /^(?:python|pypy|node|deno|bun|ruby|perl|php|julia|lua|rscript|bash|dash|sh|zsh|ksh)[\d.]*(?:\.exe)?$/i
const scriptEnding = /\.(?:py|m?js|cjs|m?ts|cts|rb|pl|php|jl|lua|r|sh|bash|zsh)$/i

const isFile = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isFile() === true

const isProgram = (path: string): boolean => {
  if (!isFile(path)) return false
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** What a command line names and is not there; words with templates are known only when a run begins. */
const absentOf = (source: string, words: ReadonlyArray<string>, cwd: string): ReadonlyArray<string> => {
  const [program = "", ...rest] = words
  // Windows tries endings of its own.
  if (process.platform === "win32" || words.some((word) => word.includes("\0")) || /[{}]/.test(program)) return []
  const absent: Array<string> = []
  if (program.includes("/")) {
    const path = resolve(cwd, program)
    if (!isProgram(path)) absent.push(`${source}: ${program} ${isFile(path) ? "cannot be executed" : "is no file"}`)
  } else if (!(process.env["PATH"] ?? "").split(delimiter).some((folder) => isProgram(resolve(cwd, folder, program)))) {
    absent.push(`${source}: there is no program ${program} on the PATH`)
  }
  if (!interpreters.test(basename(program))) return absent
  const script = rest.find((word) => !word.startsWith("-"))
  if (script !== undefined && scriptEnding.test(script) && !/[\s{}:]/.test(script) && !isFile(resolve(cwd, script))) {
    absent.push(`${source}: there is no file ${script} in ${cwd}`)
  }
  return absent
}

const agentOf = Effect.fnUntraced(function* (
  source: string,
  spec: BindingSpec,
  client: Effect.Effect<Context.Context<HttpClient>>,
): Effect.fn.Return<Agent | RunModule, InvalidBindings | RunPlanError> {
  switch (spec._tag) {
    case "Module": {
      const { exportName, metadata, path, version } = spec
      const found = yield* RunModuleFile.load(path, { exportName, ...(metadata === undefined ? {} : { metadata }) })
      return version === undefined ? found : { ...found, version }
    }
    case "Command": {
      const { cwd, metadata, stdoutBytesMax, timeoutMs } = spec
      const [program, ...rest] = spec.words
      if (program === undefined) return yield* invalid(source, "the command line is empty")
      const version = yield* Effect.try({
        try: () => spec.version ?? hashOfWords(spec.words, cwd),
        catch: (error) => invalid(source, error instanceof Error ? error.message : String(error)),
      })
      const env = yield* variables(source, spec.env ?? [])
      return CommandAgent.make({
        argv: [program, ...rest],
        version,
        cwd,
        env: { ...(process.env["HOME"] === undefined ? {} : { HOME: process.env["HOME"] }), ...env },
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(stdoutBytesMax === undefined ? {} : { stdoutBytesMax }),
        ...(metadata === undefined ? {} : { metadata }),
      })
    }
    case "Url": {
      const { headersEnv = {}, metadata, responseBytesMax, timeoutMs, url, version = "" } = spec
      const values = yield* variables(source, Object.values(headersEnv))
      const headers = Object.fromEntries(Object.entries(headersEnv).map(([name, from]) => [name, values[from] ?? ""]))
      const secrets = yield* Secrets
      for (const text of Object.values(headers)) CredentialVariables.registerHeader(secrets, text)
      if (URL.canParse(url)) CredentialVariables.registerAddress(secrets, url)
      return yield* HttpAgent.make({
        url,
        version,
        headers,
        ...(timeoutMs === undefined ? {} : { timeoutMs }),
        ...(responseBytesMax === undefined ? {} : { answerBytesMax: responseBytesMax }),
        ...(metadata === undefined ? {} : { metadata }),
      }).pipe(Effect.provide(yield* client))
    }
    case "Builtin": {
      const found = Builtins.agent(spec.name, spec.options)
      if (Result.isFailure(found)) return yield* invalid(source, found.failure)
      const { metadata, version } = spec
      return {
        ...found.success,
        ...(version === undefined ? {} : { version }),
        ...(metadata === undefined ? {} : { metadata: { ...found.success.metadata, ...metadata } }),
      }
    }
    case "Data":
      return yield* invalid(source, "is a text and no agent; bind a module, command, url or built-in")
  }
})

/** Variables of the environment by name; one that is not set is told before anything runs. */
const variables = (
  source: string,
  names: ReadonlyArray<string>,
): Effect.Effect<Readonly<Record<string, string>>, InvalidBindings> => {
  const missing = names.filter((name) => process.env[name] === undefined)
  return missing.length > 0
    ? Effect.fail(invalid(source, `${missing.join(", ")} is not set in the environment`))
    : Effect.succeed(Object.fromEntries(names.map((name) => [name, process.env[name] ?? ""])))
}

const problemOf = Effect.fnUntraced(function* (
  name: string,
  source: string,
  spec: BindingSpec,
): Effect.fn.Return<ProblemPacket, InvalidBindings | RunPlanError> {
  switch (spec._tag) {
    case "Builtin": {
      const found = Builtins.problem(spec.name, spec.options)
      if (Result.isFailure(found)) return yield* invalid(source, found.failure)
      return { ...found.success, problemId: name, ...(spec.version === undefined ? {} : { version: spec.version }) }
    }
    case "Data": {
      const { brief, family = "unknown", metadata = {}, payload = {}, version } = spec
      return { problemId: name, family, brief, payload, metadata, ...(version === undefined ? {} : { version }) }
    }
    case "Module": {
      const { exportName, path } = spec
      const { version } = yield* RunModuleFile.load(path, { exportName })
      const exported = yield* Effect.tryPromise({
        try: async (): Promise<unknown> => {
          const module: unknown = await import(pathToFileURL(realpathSync(path)).href)
          const found: unknown =
            typeof module === "object" && module !== null ? Reflect.get(module, exportName) : undefined
          return typeof found === "function" ? await Reflect.apply(found, undefined, [name]) : found
        },
        catch: (error) => invalid(source, `${path}: ${error instanceof Error ? error.message : String(error)}`),
      })
      const packet = packetOf(exported, name)
      if (packet === undefined) {
        return yield* invalid(
          source,
          `the export ${exportName} of ${path} is no problem: an object with brief, family, payload and evaluator, or a function that gives one`,
        )
      }
      const own = spec.version ?? version
      return {
        ...packet,
        problemId: name,
        version: packet.version ?? own,
        evaluatorVersion: packet.evaluatorVersion ?? own,
      }
    }
    default:
      return yield* invalid(source, "a problem is a module file, a built-in, or data with a brief")
  }
})

/**
 * Makes all of it ready; nothing of an agent is run. Connections to addresses end with the scope. Credentials of the
 * environment are secrets from here on: no failure and no table holds them.
 *
 * @category constructors
 */
export const bind = Effect.fn("Bind.bind")(function* (
  specs: BindingSpecs,
): Effect.fn.Return<Bound, InvalidBindings | RunPlanError, Scope.Scope> {
  CredentialVariables.registerAll(yield* Secrets, process.env)
  // One for all, and only where there is an address: it outlives the making of the agents.
  const client = yield* Effect.cached(
    Effect.provideService(Layer.build(NodeHttpClient.layerUndici), Scope.Scope, yield* Scope.Scope),
  )
  const agents = new Map<string, Binding>()
  for (const [name, spec] of specs.agents) agents.set(name, yield* agentOf(`agents.${name}`, spec, client))
  const problems = new Map<string, ProblemPacket>()
  for (const [name, spec] of specs.problems) problems.set(name, yield* problemOf(name, `problems.${name}`, spec))
  const runner = specs.runner === undefined ? undefined : yield* agentOf("runner", specs.runner, client)
  const sources = [
    ...[...specs.agents].map(([name, spec]) => [`agents.${name}`, spec] as const),
    ...(specs.runner === undefined ? [] : [["runner", specs.runner] as const]),
  ]
  return {
    agents,
    problems,
    absent: sources.flatMap(([source, spec]) =>
      spec._tag === "Command" ? absentOf(source, spec.words, spec.cwd) : [],
    ),
    runner: runner === undefined || isModule(runner) ? runner : runner.run,
    runnerVersion: runner?.version,
    hasModules: [...agents.values(), ...(runner === undefined ? [] : [runner])].some(isModule),
  }
})
