/** A thread of threads.ts: kernels on the memory that the main thread has made. */
import { parentPort, workerData } from "node:worker_threads"
import { type Band, keepBand, readBand } from "@heddle/imaging/Bands"
import { whiteTopHat } from "@heddle/imaging/TopHat"
import { attach, type Place } from "@heddle/imaging/Wasm"

/** Bands of a picture to work on; all of it is plain data. */
export interface Job {
  readonly width: number
  readonly height: number
  readonly source: Place<"uint16">
  readonly result: Place<"uint16">
  readonly parameters: { readonly radiusPx: number }
  readonly bands: ReadonlyArray<Band>
}

/** What came of a job. */
export interface Answer {
  readonly problem?: string
}

if (parentPort !== null) {
  const port = parentPort
  const backend = await attach(workerData)
  port.on("message", ({ bands, height, parameters, result, source, width }: Job) => {
    const answer = (problem?: string): void => port.postMessage(problem === undefined ? {} : { problem })
    try {
      const image = { data: backend.arrayAt(source), width, height }
      for (const band of bands) {
        keepBand(whiteTopHat(readBand(image, band), parameters, { backend }), band, backend.arrayAt(result))
      }
      answer()
    } catch (error) {
      answer(String(error))
    }
  })
}
