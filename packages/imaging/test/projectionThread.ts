/** A worker thread of Wasm.test.ts: a projection of pixels that another thread has put on the shared memory. */
import { parentPort, workerData } from "node:worker_threads"
import { maximumProjection } from "../src/MaximumProjection.ts"
import { attach, type WasmShare } from "../src/Wasm.ts"

const { share, source, target } = workerData as {
  readonly share: WasmShare
  readonly source: number
  readonly target: number
}
const backend = await attach(share)
const { buffer } = share.memory
const stack = { data: new Uint16Array(buffer, source, 192), width: 8, height: 8, planes: 3 }
maximumProjection(stack, {}, { backend, into: new Uint16Array(buffer, target, 64) })
parentPort?.postMessage("done")
