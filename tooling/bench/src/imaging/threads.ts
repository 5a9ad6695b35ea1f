/**
 * One kernel on worker threads that share one memory, started together.
 *
 * @layer adapter
 * @module
 */
import { Worker } from "node:worker_threads"
import { load } from "@heddle/imaging/Wasm"
import type { ImagingCase } from "./ImagingCase.ts"

/** Runs of each thread between start and end; the figure is of one. */
const runs = 5

/** Milliseconds that one run takes on each of as many threads as there are entries, each with pixels of so many rows. */
export const atOnce = async (one: ImagingCase, rows: ReadonlyArray<number>): Promise<number> => {
  // A memory of its own: what threads took of it is not given back when they end.
  const { share } = await load()
  const gate = new Int32Array(new SharedArrayBuffer(8))
  const workers = rows.map(
    (count) =>
      new Worker(new URL("./thread.ts", import.meta.url), {
        workerData: { share, kernel: one.kernel, rows: count, runs, gate, threads: rows.length },
      }),
  )
  try {
    const times = await Promise.all(
      workers.map(
        (worker) =>
          new Promise<number>((resolve, reject) => {
            worker.once("message", resolve)
            worker.once("error", reject)
          }),
      ),
    )
    return Math.max(...times) / runs
  } finally {
    await Promise.all(workers.map((worker) => worker.terminate()))
  }
}
