/**
 * The program of a worker thread: loads one module and runs units with it, one at a time, until it is ended.
 *
 * @layer adapter
 * @module
 */
import { AsyncLocalStorage } from "node:async_hooks"
import { workerData, type MessagePort } from "node:worker_threads"
import type { Json } from "effect/Schema"
import {
  cloneJson,
  describeThrown,
  HostRefused,
  invoke,
  load,
  lookUp,
  type LoadedWork,
  type Thrown,
} from "../../internal/moduleWork.ts"
import type { Unit } from "../../Unit.ts"
import { install } from "./importHooks.ts"
import { callsAtOnceMax, type FromWorker, type ToWorker, type WorkerStart } from "./workerProtocol.ts"

/** A unit that this thread was given. */
interface Job {
  readonly id: number
  readonly abort: AbortController
  readonly calls: Map<number, { readonly resolve: (value: Json) => void; readonly reject: (error: Error) => void }>
  readonly waiting: Array<() => void>
  readonly refusals: WeakMap<object, number>
  nextCall: number
  ended: boolean
}

// The thread is only ever started by PlacementWorkers, with a WorkerStart.
const start = workerData as WorkerStart & { port?: MessagePort; address?: unknown }
const port: MessagePort = start.port
const address = start.address
// Users' code can read workerData; the port is not for it.
Reflect.deleteProperty(start, "port")

const currentJob = new AsyncLocalStorage<Job>()
/** The unit that runs now; a stray error of unknown origin is taken for its own. */
let running: Job | undefined

const send = (message: FromWorker): void => port.postMessage(message)

const stray = (tag: string, error: unknown): void => {
  const job = currentJob.getStore() ?? running
  const thrown = describeThrown(error)
  const described: Thrown = {
    ...thrown,
    tag,
    tagged: true,
    message: `${thrown.tag}: ${thrown.message}`.slice(0, 2_000),
    retryable: false,
  }
  // What an earlier unit left behind does not fail this one: the thread only ends after it.
  send({ type: "stray", job: job?.id ?? 0, thrown: described })
}
process.on("unhandledRejection", (error) => stray("UnhandledRejection", error))
process.on("uncaughtException", (error) => stray("UncaughtException", error))

const callHost = (job: Job, method: string, args: Json): Promise<Json> =>
  new Promise((resolve, reject) => {
    if (job.ended) return reject(new Error("the unit has ended"))
    // Thrown here where it is called, with the place; a promise's executor turns that into a rejection.
    const plain = cloneJson(args, "args") ?? null
    const call = job.nextCall++
    const post = (): void => {
      job.calls.set(call, { resolve, reject })
      send({ type: "call", job: job.id, call, method: String(method), args: plain })
    }
    if (job.calls.size < callsAtOnceMax) post()
    else job.waiting.push(post)
  })

const settleCall = (
  job: Job,
  call: number,
  settle: (waiter: { resolve: (value: Json) => void; reject: (error: Error) => void }) => void,
): void => {
  const waiter = job.calls.get(call)
  if (waiter === undefined) return
  job.calls.delete(call)
  settle(waiter)
  job.waiting.shift()?.()
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

const runJob = async (work: LoadedWork, job: Job, unit: Unit): Promise<void> => {
  const call = (method: string, args: Json): Promise<Json> => callHost(job, method, args)
  const settled = await currentJob.run(job, () => invoke(work, { unit, call, signal: job.abort.signal }))
  // A rejection that nobody awaits is reported after the current turn; it must count for this unit.
  await turn()
  job.ended = true
  running = undefined
  if (settled._tag === "returned") return send({ type: "returned", job: job.id, value: settled.value })
  const refusal = lookUp(job.refusals, settled.error)
  send({ type: "threw", job: job.id, thrown: settled.thrown, call: refusal })
}

const receive = (work: LoadedWork, message: ToWorker): void => {
  if (message.type === "run") {
    const job: Job = {
      id: message.job,
      abort: new AbortController(),
      calls: new Map(),
      waiting: [],
      refusals: new WeakMap(),
      nextCall: 1,
      ended: false,
    }
    running = job
    void runJob(work, job, message.unit)
    return
  }
  const job = running
  if (job === undefined || job.id !== message.job) return
  switch (message.type) {
    case "abort":
      return job.abort.abort(new Error("the unit was interrupted"))
    case "answer":
      return settleCall(job, message.call, (waiter) => waiter.resolve(message.value))
    case "refusal":
      return settleCall(job, message.call, (waiter) => {
        const refused = new HostRefused(message.thrown)
        job.refusals.set(refused, message.call)
        waiter.reject(refused)
      })
  }
}

install(start.importBases)
const loaded = await load(address)
if ("problem" in loaded) {
  send({ type: "unusable", problem: loaded.problem })
  port.close()
} else {
  port.on("message", (message: ToWorker) => receive(loaded.work, message))
  send({ type: "ready" })
}
