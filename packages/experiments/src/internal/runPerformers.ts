/**
 * What runs the runs of a study, ready to be called: functions of this process as they are, module files where the
 * placement puts them.
 *
 * @layer logic
 * @module
 */
import type { RemoteDefect, WorkerLost } from "@heddle/core/Work"
import { Placement } from "@heddle/core/Placement"
import type { Unit } from "@heddle/core/Unit"
import * as Work from "@heddle/core/Work"
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"
import * as RunAdapter from "../RunAdapter.ts"
import { isModule, type ProblemPacket, type RunModule, type RunRequest } from "../RunBinding.ts"
import type { OneRun, Performer } from "./runOne.ts"
import type { Prepared } from "./runPrepare.ts"

/** The Runner sees a function; where it really runs is what the placement says. */
export const placed = (name: string): Work.PlacementShape => ({
  name,
  prepare: (work) =>
    Work.isModule(work)
      ? Effect.fail(new Work.PlacementError({ reason: { _tag: "ClosureCannotCross", placement: name } }))
      : Effect.succeed(work),
})

const problemInput = (problem: ProblemPacket | null): Schema.Json =>
  problem === null
    ? null
    : {
        problemId: problem.problemId,
        family: problem.family,
        brief: problem.brief,
        payload: problem.payload,
        metadata: problem.metadata,
      }

const isRecord = (json: unknown): json is { readonly [name: string]: Schema.Json } =>
  typeof json === "object" && json !== null && !Array.isArray(json)

/** What a module's code in another thread may ask: to report an event, and to say what it spent. */
const hostOf =
  (active: ReadonlyMap<string, OneRun>): Work.WorkHost<never, never> =>
  (method, args, unit) =>
    Effect.sync(() => {
      const run = active.get(unit.id)
      if (run === undefined || !isRecord(args)) return null
      if (method === "observe") run.observe(args)
      else if (method === "spend") {
        const { costUsd, tokens } = args
        run.spend({
          ...(typeof costUsd === "number" ? { costUsd } : {}),
          ...(typeof tokens === "number" ? { tokens } : {}),
        })
      } else throw new Error(`a run cannot be asked to ${JSON.stringify(method)}`)
      return null
    })

const modulePerformer = Effect.fnUntraced(function* (
  module: RunModule,
  options: { readonly concurrency: number; readonly active: ReadonlyMap<string, OneRun> },
): Effect.fn.Return<Performer, Work.PlacementError, Scope.Scope> {
  const placement = yield* Placement
  const work = Work.module(module.url, module.exportName, {
    adapterUrl: yield* RunAdapter.url,
    host: hostOf(options.active),
  })
  const run: (unit: Unit) => Effect.Effect<unknown, RemoteDefect | WorkerLost> = yield* placement.prepare(work, {
    concurrency: options.concurrency,
  })
  return {
    metadata: module.metadata ?? {},
    call: (request: RunRequest, unit) => {
      const input = isRecord(unit.input) ? unit.input : {}
      return run({
        ...unit,
        input: { ...input, design: request.design, attempt: request.attempt, problem: problemInput(request.problem) },
      })
    },
  }
})

/** By agent id; the condition runner under the empty name. */
export const performers = Effect.fnUntraced(function* (
  prepared: Prepared,
  options: { readonly concurrency: number; readonly active: ReadonlyMap<string, OneRun> },
): Effect.fn.Return<ReadonlyMap<string, Performer>, Work.PlacementError, Scope.Scope> {
  const ready = new Map<string, Performer>()
  // One file is prepared once, also where two names are bound to it.
  const modules = new Map<string, Performer>()
  for (const [name, binding] of prepared.agents) {
    if (!isModule(binding)) {
      const { metadata = {}, run } = typeof binding === "function" ? { run: binding } : binding
      ready.set(name, { metadata, call: (request) => run(request) })
      continue
    }
    const key = `${binding.exportName}\n${binding.url}`
    const performer = modules.get(key) ?? (yield* modulePerformer(binding, options))
    modules.set(key, performer)
    ready.set(name, { ...performer, metadata: binding.metadata ?? {} })
  }
  return ready
})
