/**
 * A worker thread of {@link aloneAndTogether}: makes its pixels on the shared memory, and times its runs at each turn.
 *
 * @layer app
 * @module
 */
import { parentPort, workerData } from "node:worker_threads"
import { attach } from "@heddle/imaging/Wasm"
import { imagingCases } from "./cases.ts"
import type { ThreadData, Turn } from "./threads.ts"

// What `aloneAndTogether` has put there.
const { kernel, rows, share, warmUpMs } = workerData as ThreadData

const one = imagingCases.find((candidate) => candidate.kernel === kernel)
if (one === undefined) throw new Error(`no case is named ${kernel}`)
const { run } = one.prepare(await attach(share), rows)
const warm = performance.now() + warmUpMs
run()()
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
