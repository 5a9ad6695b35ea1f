/**
 * Crop: a rectangle of a picture.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import { dtypeOf, type Image, type Pixels, sideMaxPx } from "./Image.ts"
import { checkImage, checkInto, checkParameters } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { refused } from "./internal/refused.ts"
import { type Parameters, type Signature } from "./Signature.ts"

const dtypes = ["uint8", "uint16", "float32", "uint32"] as const

/** What it takes and gives. @category signatures */
export const signature = {
  name: "crop",
  summary: "a rectangle of the picture; one that reaches beyond it is refused",
  version: 1,
  inputs: [{ name: "image", axes: "yx", dtypes, summary: "one plane, of pixels or labels" }],
  output: { axes: "yx", dtype: "input", scale: "kept", size: { rule: "given" } },
  halo: { reach: "point" },
  parameters: {
    leftPx: { kind: "integer", minimum: 0, maximum: sideMaxPx - 1, fallback: 0, unit: "px", summary: "first column" },
    topPx: { kind: "integer", minimum: 0, maximum: sideMaxPx - 1, fallback: 0, unit: "px", summary: "first row" },
    widthPx: { kind: "integer", minimum: 1, maximum: sideMaxPx, unit: "px", summary: "columns" },
    heightPx: { kind: "integer", minimum: 1, maximum: sideMaxPx, unit: "px", summary: "rows" },
  },
  tables: [],
  memory: { bytesPerPixel: 4, bytes: 4096 },
  source: "numpy slicing",
} as const satisfies Signature

/**
 * The rectangle, as a copy.
 *
 * Throws `ImagingError` for a picture that is none, and a rectangle that is not inside it.
 *
 * @category kernels
 */
export const crop = <P extends Pixels | Uint32Array>(
  image: Image<P>,
  parameters: Parameters<typeof signature>,
  how: RunOptions<P> = {},
): Image<P> => {
  const { backend, into } = checkOptions(signature.name, how)
  const { heightPx, leftPx, topPx, widthPx } = checkParameters(signature, parameters)
  checkImage(signature.name, image, { backend, dtypes, anyFloat: true })
  const { data, height, width } = image
  const columns = width - leftPx
  const rows = height - topPx
  if (columns < 1) throw refused(signature.name, "leftPx", `less than the width, ${width} (px)`, leftPx)
  if (rows < 1) throw refused(signature.name, "topPx", `less than the height, ${height} (px)`, topPx)
  if (widthPx > columns)
    throw refused(signature.name, "widthPx", `at most ${columns} from column ${leftPx} (px)`, widthPx)
  if (heightPx > rows) throw refused(signature.name, "heightPx", `at most ${rows} from row ${topPx} (px)`, heightPx)
  checkInto(signature.name, into, dtypeOf(data), widthPx * heightPx)
  const cut = backend.intensity.crop(image, { leftPx, topPx, widthPx, heightPx }, into)
  return { data: cut, width: widthPx, height: heightPx }
}
