/**
 * A worker thread of `threads.ts`: makes its pixels on the shared memory, and times its runs at each turn.
 *
 * @layer app
 * @module
 */
import { parentPort, workerData } from "node:worker_threads"
import { attach } from "@heddle/imaging/Wasm"
import { imagingCases } from "./cases.ts"
import type { ThreadData, Turn } from "./threads.ts"

// What the other side has put there.
const { share, warmUpMs, work } = workerData as ThreadData

const runOf = async (): Promise<() => unknown> => {
  const backend = await attach(share)
  if ("copiedBytes" in work) {
    const [from, to] = [backend.allocate("uint8", work.copiedBytes), backend.allocate("uint8", work.copiedBytes)]
    return () => to.set(from)
  }
  const one = imagingCases.find((candidate) => candidate.kernel === work.kernel)
  if (one === undefined) throw new Error(`no case is named ${work.kernel}`)
  return one.prepare(backend, work.rows).run
}

const run = await runOf()
const warm = performance.now() + warmUpMs
do run()
while (performance.now() < warm)

parentPort?.on("message", ({ gate, runs, threads }: Turn) => {
  if (Atomics.add(gate, 0, 1) + 1 === threads) {
    Atomics.store(gate, 1, 1)
    Atomics.notify(gate, 1)
  } else {
    Atomics.wait(gate, 1, 0)
  }
  const start = performance.now()
  for (let count = 0; count < runs; count++) run()
  parentPort?.postMessage(performance.now() - start)
})
parentPort?.postMessage(0)
