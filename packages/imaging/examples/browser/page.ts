/** The page's script: computes with the compiled kernels, draws, and writes what came out as JSON. */
import type { Image, Pixels } from "@heddle/imaging/Image"
import { load } from "@heddle/imaging/Wasm"
import { compute } from "./pipeline.ts"

const draw = ({ data, height, width }: Image<Pixels>, title: string): HTMLCanvasElement => {
  const canvas = document.createElement("canvas")
  canvas.width = width
  canvas.height = height
  canvas.title = title
  const context = canvas.getContext("2d")
  if (context === null) return canvas
  const drawn = context.createImageData(width, height)
  let largest = 1
  for (const value of data) largest = Math.max(largest, value)
  for (const [index, value] of data.entries()) {
    drawn.data.fill((255 * value) / largest, 4 * index, 4 * index + 3)
    drawn.data[4 * index + 3] = 255
  }
  context.putImageData(drawn, 0, 0)
  return canvas
}

/** Computes and shows; the text is what a test compares with Node's. */
const show = async (target: HTMLElement, pictures: HTMLElement): Promise<void> => {
  try {
    const computed = await compute(await load())
    for (const [title, picture] of Object.entries(computed.pictures)) pictures.append(draw(picture, title))
    target.textContent = JSON.stringify(computed.result, null, 2)
  } catch (error) {
    target.textContent = `error: ${String(error)}`
  }
}

// Outside of a page there is nothing to show.
if (typeof document !== "undefined") {
  const [target, pictures] = [document.getElementById("result"), document.getElementById("pictures")]
  if (target !== null && pictures !== null) await show(target, pictures)
}
