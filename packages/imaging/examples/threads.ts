/**
 * Worker threads on one memory: two that do bands of one picture, and two that do a picture each. Pixels are written once and
 * copied to nobody; what is posted is where they stand. The result is that of one thread on the whole picture.
 */
import assert from "node:assert/strict"
import { Worker } from "node:worker_threads"
import { bandsOf, haloPx } from "@heddle/imaging/Bands"
import { whiteSignature, whiteTopHat } from "@heddle/imaging/TopHat"
import { load } from "@heddle/imaging/Wasm"
import { discPicture, plain, uniform } from "./scene.ts"
import type { Answer, Job } from "./threadsWorker.ts"

const parameters = { radiusPx: 15 }
const size = { width: 300, height: 200 }
const next = uniform(5)
const pictures = [1, 2].map((seed) => {
  const discs = Array.from({ length: 60 }, () => ({ x: next() * 300, y: next() * 200, radiusPx: 6, light: 2000 }))
  return discPicture(size, discs, { ...plain, isUneven: true, seed })
})

const backend = await load()
const workers = [0, 1].map(
  () => new Worker(new URL("threadsWorker.ts", import.meta.url), { workerData: backend.share }),
)

/** Posts a job and waits for its end; a kernel's refusal comes back as text. */
const done = (worker: Worker | undefined, job: Job): Promise<void> =>
  new Promise((resolve, reject) => {
    worker?.once("error", reject)
    worker?.once("message", (answer: Answer) => {
      worker.off("error", reject)
      if (answer.problem === undefined) resolve()
      else reject(new Error(answer.problem))
    })
    worker?.postMessage(job)
  })

/** An array on the shared memory, and where it stands. */
const placed = (pixels: Uint16Array | number) => {
  const data = backend.allocate("uint16", typeof pixels === "number" ? pixels : pixels.length)
  if (typeof pixels !== "number") data.set(pixels)
  const place = backend.placeOf(data)
  if (place === undefined) throw new Error("the array is not on the shared memory")
  return { data, place }
}

try {
  const sources = pictures.map(({ data }) => placed(data))
  const results = pictures.map(({ data }) => placed(data.length))
  const job = (index: number, bands: Job["bands"]): Job => {
    const [source, result] = [sources[index], results[index]]
    if (source === undefined || result === undefined) throw new Error(`no picture ${index}`)
    return { ...size, source: source.place, result: result.place, parameters, bands }
  }
  const expected = pictures.map((picture) => whiteTopHat(picture, parameters).data)

  // Bands of the first picture, one each; they read each other's rows, and write their own.
  const bands = bandsOf(size.height, workers.length, haloPx(whiteSignature, parameters) ?? size.height)
  await Promise.all(bands.map((band, index) => done(workers[index], job(0, [band]))))
  assert.deepEqual(results[0]?.data, expected[0])

  // A picture each: one band with all rows.
  results[0]?.data.fill(0)
  await Promise.all(workers.map((worker, index) => done(worker, job(index, bandsOf(size.height, 1, 0)))))
  for (const [index, { data }] of results.entries()) assert.deepEqual(data, expected[index])

  for (const { data } of [...sources, ...results]) backend.release(data)
} finally {
  await Promise.all(workers.map((worker) => worker.terminate()))
}
