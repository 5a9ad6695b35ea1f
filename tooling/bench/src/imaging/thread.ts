/**
 * A worker thread of {@link atOnce}: makes its pixels on the shared memory, waits for the others, and times its runs.
 *
 * @layer app
 * @module
 */
import { parentPort, workerData } from "node:worker_threads"
import { attach, type WasmShare } from "@heddle/imaging/Wasm"
import { imagingCases } from "./cases.ts"

// What `atOnce` has put there.
const { gate, kernel, rows, runs, share, threads } = workerData as {
  readonly share: WasmShare
  readonly kernel: string
  readonly rows: number
  readonly runs: number
  readonly gate: Int32Array
  readonly threads: number
}

const one = imagingCases.find((candidate) => candidate.kernel === kernel)
if (one === undefined) throw new Error(`no case is named ${kernel}`)
const { run } = one.prepare(await attach(share), rows)
run()()
run()()
if (Atomics.add(gate, 0, 1) + 1 === threads) {
  Atomics.store(gate, 1, 1)
  Atomics.notify(gate, 1)
} else {
  Atomics.wait(gate, 1, 0)
}
const start = performance.now()
for (let count = 0; count < runs; count++) run()
parentPort?.postMessage(performance.now() - start)
