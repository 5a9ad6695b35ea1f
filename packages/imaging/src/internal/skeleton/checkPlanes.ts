/**
 * Takes a mask or a stack of masks.
 *
 * @layer logic
 * @module
 */
import type { Backend } from "../../Backend.ts"
import type { Image, Pixels, Stack } from "../../Image.ts"
import { pixelDtypes } from "../../Signature.ts"
import { checkImage, checkStack } from "../check.ts"
import { checkMask } from "../checkMask.ts"

/** A mask as a stack of one plane, a stack as it is; refuses what is neither. */
export const checkPlanes = (backend: Backend, kernel: string, image: Image<Pixels> | Stack<Pixels>): Stack<Pixels> => {
  const isStack = typeof image === "object" && image !== null && "planes" in image
  if (isStack) checkStack(kernel, image, { backend, name: "image", dtypes: pixelDtypes })
  else checkImage(kernel, image, { backend, dtypes: pixelDtypes })
  checkMask(backend, kernel, "image", image)
  return isStack ? image : { ...image, planes: 1 }
}
