/**
 * The check of masks: 0 and one other value. Anything else is a grey picture, or labels, that came here by mistake; taken as a mask it
 * would give a result that looks like one.
 *
 * @layer logic
 * @module
 */
import type { Backend } from "../Backend.ts"
import type { Image, Pixels } from "../Image.ts"
import { ImagingError } from "../ImagingError.ts"

/** Refuses pixels with more than one value besides 0, and gives that value; the picture itself has been checked. */
export const checkMask = (
  { objects }: Backend,
  kernel: string,
  name: string,
  { data, height, width }: Image<Pixels>,
): number => {
  const value = objects.maskValue(data)
  if (value !== undefined) return value
  const first = data.find((one) => one !== 0)
  const at = data.findIndex((one) => one !== 0 && one !== first)
  const plane = Math.floor(at / (width * height))
  const place = `x ${at % width}, y ${Math.floor(at / width) % height}${plane > 0 ? `, plane ${plane}` : ""}`
  throw new ImagingError(
    kernel,
    {
      _tag: "InvalidImage",
      input: `${name}.data`,
      expected: "a mask, of 0 and one other value",
      actual: `${first} and ${data[at]} (at ${place})`,
    },
    ["make a mask by a threshold: of a grey picture, or of labels (what is above 0)"],
  )
}
