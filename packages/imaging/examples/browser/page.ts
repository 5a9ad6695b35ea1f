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

const target = document.getElementById("result")
try {
  const { pictures, result } = await compute(await load())
  for (const [title, picture] of Object.entries(pictures))
    document.getElementById("pictures")?.append(draw(picture, title))
  if (target !== null) target.textContent = JSON.stringify(result, null, 2)
} catch (error) {
  if (target !== null) target.textContent = `error: ${String(error)}`
}
