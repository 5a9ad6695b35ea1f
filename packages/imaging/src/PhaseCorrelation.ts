/**
 * Phase correlation: by how much one picture is moved against another, to a part of a pixel.
 *
 * @layer logic
 * @module
 */
import type { RunOptions } from "./Backend.ts"
import type { Image } from "./Image.ts"
import { checkImage, checkParameters, checkSameSize } from "./internal/check.ts"
import { checkOptions } from "./internal/options.ts"
import { bounded } from "./internal/registration/bounded.ts"
import { type Parameters, pixelDtypes, type Signature } from "./Signature.ts"

/** What it takes and gives. @category signatures */
export const signature = {
  name: "phase_correlation",
  summary: "the shift that lays the second picture on the first, by the peak of their cross-correlation",
  version: 1,
  inputs: [
    { name: "reference", axes: "yx", dtypes: pixelDtypes, summary: "the picture that stays" },
    { name: "moving", axes: "yx", dtypes: pixelDtypes, summary: "the picture that is moved, of the same size" },
  ],
  halo: { reach: "whole" },
  parameters: {
    upsampleFactor: {
      kind: "integer",
      summary: "the shift is found to one part in so many of a pixel",
      unit: "1/px",
      minimum: 1,
      maximum: 100,
      fallback: 1,
    },
    normalization: {
      kind: "choice",
      summary:
        "phase: every frequency counts the same, those too that hold noise alone; none: as much as it is strong, which smooth pictures need, with whitening and hannWindow",
      unit: "",
      choices: ["phase", "none"],
      fallback: "phase",
    },
    whitening: {
      kind: "boolean",
      summary:
        "take a Laplacian (of a Gaussian) first, which evens out the spectrum and takes away shading; smooth pictures need it, with hannWindow and normalization none",
      unit: "",
      fallback: false,
    },
    filterSigmaPx: {
      kind: "number",
      summary:
        "sigma of the whitening's Gaussian; 0 is a plain Laplacian of the four neighbours; about 3 where smooth pictures are noisy",
      unit: "px",
      minimum: 0,
      maximum: 100,
      fallback: 0,
      onlyWhen: { parameter: "whitening", is: [true] },
    },
    hannWindow: {
      kind: "boolean",
      summary:
        "fade both pictures out towards their borders, so that the borders are no pattern; smooth pictures need it, with whitening and normalization none",
      unit: "",
      fallback: false,
    },
  },
  tables: [
    {
      name: "shift",
      columns: [
        { name: "shift_y", kind: "number", unit: "px", summary: "rows to move the second picture by" },
        { name: "shift_x", kind: "number", unit: "px", summary: "columns to move the second picture by" },
        {
          name: "error",
          kind: "number",
          unit: "",
          summary: "root of 1 less the squared peak: 0 for the same picture, 1 for nothing in common",
        },
        { name: "peak", kind: "number", unit: "", summary: "height of the peak, at most 1" },
      ],
    },
  ],
  memory: { bytesPerPixel: 26, bytes: 65_536 },
  source:
    "Guizar-Sicairos, Thurman, Fienup, Optics Letters 33, 156-158 (2008); skimage.registration.phase_cross_correlation: shifts within one step of 1 / upsampleFactor px",
} as const satisfies Signature

/** By how much a picture is moved, and how well it fits. @category models */
export interface Shift {
  /** Rows and columns by which the second picture must be moved to lie on the first, in pixels. */
  readonly shiftYPx: number
  readonly shiftXPx: number
  /** Root of 1 less the squared peak, as scikit-image gives it for normalization `none`; 0 is a perfect fit. */
  readonly error: number
  /** Height of the peak; at most 1, up to rounding. */
  readonly peak: number
}

/**
 * By how much `moving` must be moved to lie on `reference`. Shifts go around: half a side is the most that can be found.
 *
 * The defaults are scikit-image's, and as there they find nonsense in smooth pictures (blurred, out of focus, a few large cells):
 * their fine frequencies hold noise and the jump at the borders, and count as much as all others. There give `whitening: true`,
 * `hannWindow: true` and `normalization: "none"`, which is what `registerTiles` does, and `filterSigmaPx: 3` or so against noise.
 *
 * Both backends give the same numbers, and scikit-image the same shift within one step of `1 / upsampleFactor` pixels
 * (single precision). Two pictures of one value each give 0.
 *
 * Throws `ImagingError` for pictures that are none or of different sizes, and for parameters out of range.
 *
 * @category kernels
 */
export const phaseCorrelation = (
  reference: Image,
  moving: Image,
  parameters: Parameters<typeof signature> = {},
  how: Pick<RunOptions, "backend"> = {},
): Shift => {
  const { backend } = checkOptions(signature.name, how)
  const given = checkParameters(signature, parameters)
  checkImage(signature.name, reference, { backend, name: "reference", dtypes: pixelDtypes })
  checkImage(signature.name, moving, { backend, name: "moving", dtypes: pixelDtypes })
  checkSameSize(signature.name, "moving", moving, reference)
  const { peak, shiftX, shiftY } = backend.registration.correlate(bounded(reference), bounded(moving), {
    upsampleFactor: given.upsampleFactor,
    phase: given.normalization === "phase",
    whitenSigmaPx: given.whitening ? given.filterSigmaPx : undefined,
    windowed: given.hannWindow,
    signed: false,
  })
  return { shiftYPx: shiftY, shiftXPx: shiftX, error: Math.sqrt(Math.abs(1 - peak * peak)), peak }
}
