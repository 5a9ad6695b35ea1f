/**
 * Takes a picture or a stack.
 *
 * @layer logic
 * @module
 */
import type { Image, Pixels, Stack } from "../../Image.ts"
import { pixelDtypes } from "../../Signature.ts"
import { checkImage, checkStack } from "../check.ts"

/** A picture as a stack of one plane, a stack as it is; refuses what is neither. */
export const checkPlanes = (kernel: string, image: Image<Pixels> | Stack<Pixels>): Stack<Pixels> => {
  const isStack = typeof image === "object" && image !== null && "planes" in image
  if (isStack) checkStack(kernel, image, { name: "image", dtypes: pixelDtypes })
  else checkImage(kernel, image, { dtypes: pixelDtypes })
  return isStack ? image : { ...image, planes: 1 }
}
