/**
 * Whether pixels are a mask.
 *
 * @layer logic
 * @module
 */
import type { Pixels } from "../../Image.ts"

/** The one value besides 0 that the pixels have; 0 where there is none, undefined where there are several. */
export const maskValue = (data: Pixels): number | undefined => {
  let found = 0
  for (let index = 0; index < data.length; index++) {
    const value = data[index]
    if (value === 0 || value === found) continue
    if (found !== 0) return undefined
    found = value
  }
  return found
}
