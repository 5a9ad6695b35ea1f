/**
 * Skeletons: foreground thinned to lines of one pixel with the same pieces and holes.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import type { Image, Mask, Pixels, Stack } from "./Image.ts"
import { checkImage, checkInto, checkParameters, checkStack } from "./internal/check.ts"
import { checkMask } from "./internal/checkMask.ts"
import { checkOptions } from "./internal/options.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What {@link skeletonize} takes and gives. @category signatures */
export const skeletonizeSignature = {
  name: "skeletonize",
  summary: "foreground (what is not zero) of one plane thinned to lines of one pixel: a mask of 1 and 0",
  version: 1,
  inputs: [
    {
      name: "image",
      axes: "yx",
      dtypes: pixelDtypes,
      holds: "mask",
      summary: "a mask: what is not zero is foreground",
    },
  ],
  output: { axes: "yx", dtype: "uint8", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {
    method: {
      summary:
        "zhang: parallel thinning with scikit-image's table of neighbourhoods; lee: medial axis thinning by border directions",
      unit: "",
      kind: "choice",
      choices: ["zhang", "lee"],
      fallback: "zhang",
    },
  },
  tables: [],
  memory: { bytesPerPixel: 3, bytes: 131_072 },
  source:
    "Zhang and Suen 1984, Comm. ACM 27(3); Lee, Kashyap and Chu 1994, CVGIP 56(6); equal to skimage.morphology.skeletonize 0.19.3",
} as const satisfies Signature

/** What {@link skeletonize3d} takes and gives. @category signatures */
export const skeletonize3dSignature = {
  name: "skeletonize_3d",
  summary: "foreground (what is not zero) of a volume thinned to lines of one voxel: a mask of 1 and 0",
  version: 1,
  inputs: [
    {
      name: "volume",
      axes: "zyx",
      dtypes: pixelDtypes,
      holds: "mask",
      summary: "planes of a real z axis: neighbouring planes are linked; what is not zero is foreground",
    },
  ],
  output: { axes: "zyx", dtype: "uint8", scale: "none", size: { rule: "same" } },
  halo: { reach: "whole" },
  parameters: {},
  tables: [],
  memory: { bytesPerPixel: 3, bytes: 131_072 },
  source: "Lee, Kashyap and Chu 1994, CVGIP 56(6); equal to skimage.morphology.skeletonize_3d 0.19.3",
} as const satisfies Signature

/**
 * The skeleton of one plane, 1 on its lines and 0 elsewhere, shape (height, width).
 *
 * Throws `ImagingError` for a picture that is none, or an unknown method.
 *
 * @category kernels
 */
export const skeletonize = (
  image: Image<Pixels>,
  parameters: Parameters<typeof skeletonizeSignature> = {},
  how: RunOptions<Uint8Array> = {},
): Mask => {
  const { backend, into } = checkOptions(skeletonizeSignature.name, how)
  const { method } = checkParameters(skeletonizeSignature, parameters)
  checkImage(skeletonizeSignature.name, image, { backend, dtypes: pixelDtypes })
  checkMask(backend, skeletonizeSignature.name, "image", image)
  checkInto(skeletonizeSignature.name, into, "uint8", image.width * image.height)
  return method === "zhang" ? backend.skeleton.zhang(image, into) : backend.skeleton.lee(image, into)
}

/**
 * The skeleton of a volume, 1 on its lines and 0 elsewhere, shape (planes, height, width). Planes that are sites, channels or
 * times are no volume: thin each with {@link skeletonize}.
 *
 * Throws `ImagingError` for a stack that is none.
 *
 * @category kernels
 */
export const skeletonize3d = (
  volume: Stack<Pixels>,
  parameters: Parameters<typeof skeletonize3dSignature> = {},
  how: RunOptions<Uint8Array> = {},
): Stack<Uint8Array> => {
  const { backend, into } = checkOptions(skeletonize3dSignature.name, how)
  checkParameters(skeletonize3dSignature, parameters)
  checkStack(skeletonize3dSignature.name, volume, { backend, name: "volume", dtypes: pixelDtypes })
  checkMask(backend, skeletonize3dSignature.name, "volume", volume)
  checkInto(skeletonize3dSignature.name, into, "uint8", volume.width * volume.height * volume.planes)
  return backend.skeleton.lee3d(volume, into)
}
