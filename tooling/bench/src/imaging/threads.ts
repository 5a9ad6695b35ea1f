/**
 * One kernel on worker threads that share one memory: how long it takes on some of them at once.
 *
 * @layer adapter
 * @module
 */
import { once } from "node:events"
import { Worker } from "node:worker_threads"
import { load } from "@heddle/imaging/Wasm"
import type { ImagingCase } from "./ImagingCase.ts"

/** A turn is about so long at least, so that starting it together does not count. */
const turnMs = 30
/** So long a thread works before anything is timed: the engine's better code for the kernel is there by then. */
const warmUpMs = 400
/**
 * Turns of each kind; they alternate, and the least counts: the machine may put both threads on one core for some turns, or have
 * other work. As many for each kernel, whatever comes out: to go on until a figure is good would choose it.
 */
const rounds = 30

/** Posted to a thread: run so often, starting when all of the turn have come to the gate. */
export interface Turn {
  readonly runs: number
  readonly threads: number
  /** Its first place counts the threads that have come, its second opens. Each turn has its own. */
  readonly gate: Int32Array
}

/** What a thread is started with. */
export interface ThreadData {
  readonly share: Awaited<ReturnType<typeof load>>["share"]
  /** A kernel's case and rows of pixels, or so many bytes to copy. */
  readonly work: { readonly kernel: string; readonly rows: number } | { readonly copiedBytes: number }
  readonly warmUpMs: number
}

/** The next number that a thread posts. */
const next = async (worker: Worker): Promise<number> => Number((await once(worker, "message"))[0])

/** Least milliseconds of a turn alone and of one together. */
export interface Times {
  readonly aloneMs: number
  readonly togetherMs: number
}

/**
 * The kernel on one thread with pixels of `alone` rows, and on as many threads at once as `together` has entries, each with pixels of
 * its own of so many rows. `undefined` where it takes less than `fromMs` alone.
 */
export const aloneAndTogether = (
  { kernel }: ImagingCase,
  alone: number,
  together: ReadonlyArray<number>,
  fromMs: number,
): Promise<Times | undefined> => {
  const workOf = (rows: number) => ({ kernel, rows })
  // The first of them together works alone too where its pixels are the same.
  const others = together[0] === alone ? [] : [workOf(alone)]
  return timesOf(together.map(workOf), others, fromMs)
}

/** So many bytes copied on one thread, and on two at once: what the machine itself gives. */
export const copiedAloneAndTogether = (copiedBytes: number): Promise<Times | undefined> =>
  timesOf([{ copiedBytes }, { copiedBytes }], [], 0)

const timesOf = async (
  together: ReadonlyArray<ThreadData["work"]>,
  others: ReadonlyArray<ThreadData["work"]>,
  fromMs: number,
): Promise<Times | undefined> => {
  // A memory of its own: what threads took of it is not given back when they end.
  const { share } = await load()
  const workers = [...together, ...others].map((work) => {
    const workerData: ThreadData = { share, work, warmUpMs }
    return new Worker(new URL("./thread.ts", import.meta.url), { workerData })
  })
  const turn = async (of: ReadonlyArray<Worker>, runs: number): Promise<number> => {
    const posted: Turn = { runs, threads: of.length, gate: new Int32Array(new SharedArrayBuffer(8)) }
    const times = of.map(next)
    for (const worker of of) worker.postMessage(posted)
    return Math.max(...(await Promise.all(times))) / runs
  }
  try {
    await Promise.all(workers.map(next))
    const pair = workers.slice(0, together.length)
    const single = others.length === 0 ? workers.slice(0, 1) : workers.slice(-1)
    const first = await turn(single, 3)
    if (first < fromMs) return undefined
    const runs = Math.max(1, Math.ceil(turnMs / first))
    let [aloneMs, togetherMs] = [Infinity, Infinity]
    for (let round = 0; round < rounds; round++) {
      aloneMs = Math.min(aloneMs, await turn(single, runs))
      togetherMs = Math.min(togetherMs, await turn(pair, runs))
    }
    return { aloneMs, togetherMs }
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
