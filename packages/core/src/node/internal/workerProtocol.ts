/**
 * What a worker thread and the process that started it say to each other, over a port of their own that users' code in
 * the thread cannot reach.
 *
 * @layer adapter
 * @module
 */
import type { MessagePort } from "node:worker_threads"
import type { Json } from "effect/Schema"
import type { LoadProblem, ModuleAddress, Thrown } from "../../internal/moduleWork.ts"
import type { Unit } from "../../Unit.ts"

/** What a thread is started with. */
export interface WorkerStart {
  readonly port: MessagePort
  readonly address: ModuleAddress
  /** See `importHooks.install`. */
  readonly importBases: ReadonlyArray<string>
}

/** To the thread. `job` counts the units that a thread was given, from 1. */
export type ToWorker =
  | { readonly type: "run"; readonly job: number; readonly unit: Unit }
  | { readonly type: "abort"; readonly job: number }
  | { readonly type: "answer"; readonly job: number; readonly call: number; readonly value: Json }
  | { readonly type: "refusal"; readonly job: number; readonly call: number; readonly thrown: Thrown }

/** From the thread. */
export type FromWorker =
  | { readonly type: "ready" }
  | { readonly type: "unusable"; readonly problem: LoadProblem }
  | { readonly type: "returned"; readonly job: number; readonly value: Json | undefined }
  /** `call` names the host's call whose refusal this is, unchanged. */
  | { readonly type: "threw"; readonly job: number; readonly thrown: Thrown; readonly call: number | undefined }
  /** Something of this unit failed with nobody waiting for it; the thread is not used again. */
  | { readonly type: "stray"; readonly job: number; readonly thrown: Thrown }
  | {
      readonly type: "call"
      readonly job: number
      readonly call: number
      readonly method: string
      readonly args: Json
    }

/** Host calls of one unit that are under way at once; further ones wait in the thread. */
export const callsAtOnceMax = 64
