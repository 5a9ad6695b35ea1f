/**
 * One worker thread as its owner sees it: started with a module, given one unit after the other, ended.
 *
 * @layer adapter
 * @module
 */
import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
  type ResourceLimits,
} from "node:worker_threads"
import * as Effect from "effect/Effect"
import type { LoadProblem, ModuleAddress } from "../../internal/moduleWork.ts"
import type { FromWorker, ToWorker, WorkerStart } from "./workerProtocol.ts"

export interface ThreadOptions {
  readonly entry: URL
  readonly address: ModuleAddress
  readonly importBases: ReadonlyArray<string>
  readonly resourceLimits: ResourceLimits
  readonly env: NodeJS.Dict<string> | undefined
  readonly output: (text: string, from: "stdout" | "stderr") => void
  readonly loadTimeoutMs: number
}

/** How long the end of a thread is waited for; one that sits in a system call cannot be ended before that returns. */
export const endWaitMs = 5_000

export interface Thread {
  /** Hears what the thread says, and its end, until replaced. One at a time. */
  listener: { readonly message: (message: FromWorker) => void; readonly ended: (problem: string) => void } | undefined
  /** Units given so far. */
  jobs: number
  /** Set when it must not be used again. */
  retired: boolean
  readonly isEnded: () => boolean
  readonly send: (message: ToWorker) => void
  /** Ends it, also in the middle of a loop, and waits until it is gone, at most {@link endWaitMs} in all. */
  readonly end: Effect.Effect<void>
}

/** Waits until a new thread's module is loaded. Fails with why it cannot be used; ending it is the caller's. */
export const ready = (thread: Thread, options: ThreadOptions): Effect.Effect<void, LoadProblem> =>
  Effect.callback<void, LoadProblem>((resume) => {
    const settle = (result: Effect.Effect<void, LoadProblem>): void => {
      clearTimeout(timer)
      thread.listener = undefined
      resume(result)
    }
    const broken = (problem: string): void =>
      settle(Effect.fail({ _tag: "ModuleBroken", url: options.address.url, problem }))
    const timer = setTimeout(
      () => broken(`it was not loaded within ${options.loadTimeoutMs} ms`),
      options.loadTimeoutMs,
    )
    thread.listener = {
      message: (message) => {
        if (message.type === "ready") settle(Effect.void)
        else if (message.type === "unusable") settle(Effect.fail(message.problem))
        else if (message.type === "stray") broken(message.thrown.message)
      },
      ended: (problem) => broken(`loading it ended the thread: ${problem}`),
    }
    return Effect.sync(() => {
      clearTimeout(timer)
      thread.listener = undefined
    })
  })

/** Starts a thread; see {@link ready}. */
export const start = (options: ThreadOptions): Thread => {
  const { port1, port2 } = new MessageChannel()
  const workerData: WorkerStart = { port: port2, address: options.address, importBases: options.importBases }
  const worker = new Worker(options.entry, {
    name: "heddle",
    workerData,
    transferList: [port2],
    stdout: true,
    stderr: true,
    resourceLimits: options.resourceLimits,
    ...(options.env === undefined ? {} : { env: options.env }),
  })
  let ended = false
  /** Set once its end was waited for in vain. */
  let abandoned = false
  let problem: string | undefined
  const waiters = new Set<() => void>()
  const dispatch = (message: FromWorker): void => thread.listener?.message(message)
  const finish = (code: number): void => {
    if (ended) return
    ended = true
    // What the thread said before its end may still lie in the port.
    drain(port1, dispatch)
    port1.close()
    thread.listener?.ended(problem ?? `it exited with code ${code}`)
    thread.listener = undefined
    for (const waiter of waiters) waiter()
    waiters.clear()
  }
  const thread: Thread = {
    listener: undefined,
    jobs: 0,
    retired: false,
    isEnded: () => ended,
    send: (message) => port1.postMessage(message),
    end: Effect.callback<void>((resume) => {
      if (ended || abandoned) return resume(Effect.void)
      thread.retired = true
      const gone = (): void => {
        clearTimeout(timer)
        waiters.delete(gone)
        resume(Effect.void)
      }
      const timer = setTimeout(() => {
        abandoned = true
        gone()
      }, endWaitMs)
      waiters.add(gone)
      // Its promise settles with the exit event, which is what is waited for.
      void worker.terminate()
    }),
  }
  port1.on("message", dispatch)
  worker.on("error", (error) => {
    problem = describeEnd(error)
  })
  worker.on("exit", finish)
  // A thread that cannot be cloned into still ends by its exit event.
  port1.on("messageerror", () => {})
  worker.stdout.setEncoding("utf8").on("data", (text: string) => options.output(text, "stdout"))
  worker.stderr.setEncoding("utf8").on("data", (text: string) => options.output(text, "stderr"))
  return thread
}

const drain = (port: MessagePort, dispatch: (message: FromWorker) => void): void => {
  for (;;) {
    const received = receiveMessageOnPort(port)
    if (received === undefined) return
    dispatch(received.message)
  }
}

const describeEnd = (error: unknown): string => {
  if (!(error instanceof Error)) return "it crashed"
  if ("code" in error && error.code === "ERR_WORKER_OUT_OF_MEMORY") return "it ran out of memory"
  return `it crashed: ${error.message}`.slice(0, 2_000)
}
