/**
 * How every kernel is called, by its name: with pictures of the axes and types that its signature names, and parameters. For
 * tests that hold for all kernels alike.
 */
import type { Backend } from "../src/Backend.ts"
import { allocate, type Image, type OutputDtype, type Pixels, type Stack } from "../src/Image.ts"
import * as K from "../src/index.ts"
import type { InputSpec, ParameterSpec, Signature } from "../src/Signature.ts"
import { between, uniform } from "./random.ts"

/** A picture of any kind, as a caller without types gives it. */
export type AnyImage = Stack<Pixels | Uint32Array>

/** A kernel with its pictures in the order of its signature; undefined stands for an optional one that is left out. */
export type Call = (
  inputs: ReadonlyArray<object | undefined>,
  parameters: object,
  backend: Backend,
  into?: Pixels | Uint32Array,
) => unknown

type Loose = (...values: ReadonlyArray<unknown>) => unknown

/** The compiler checks kernels where they are used; here any argument must do. */
const loose = (kernel: unknown): Loose => {
  if (typeof kernel !== "function") throw new Error("no kernel")
  return (...values) => Reflect.apply(kernel, undefined, values)
}

const plain =
  (kernel: unknown): Call =>
  (inputs, parameters, backend, into) =>
    loose(kernel)(...inputs, parameters, { backend, ...(into === undefined ? {} : { into }) })

/** By the names of signatures. */
export const calls: Readonly<Record<string, Call>> = {
  assemble_tiles: plain(K.AssembleTiles.assembleTiles),
  best_focus: plain(K.BestFocus.bestFocus),
  binary_erosion: plain(K.BinaryMorphology.binaryErosion),
  binary_dilation: plain(K.BinaryMorphology.binaryDilation),
  binary_opening: plain(K.BinaryMorphology.binaryOpening),
  binary_closing: plain(K.BinaryMorphology.binaryClosing),
  binning: plain(K.Binning.binning),
  blob_log: plain(K.Blobs.blobLog),
  count_blobs: plain(K.Blobs.countBlobs),
  clahe: plain(K.Clahe.clahe),
  colocalization: plain(K.Colocalization.colocalization),
  object_overlap: plain(K.Colocalization.objectOverlap),
  mask_overlap: plain(K.Colocalization.maskOverlap),
  composite: plain(K.Composite.composite),
  count_cells: plain(K.CountCells.countCells),
  crop: plain(K.Crop.crop),
  distance_transform: plain(K.DistanceTransform.distanceTransform),
  flat_field_correct: ([image, flat, dark], parameters, backend, into) =>
    loose(K.FlatField.flatFieldCorrect)(
      image,
      { flat, dark },
      // It must be said of flat fields of whole numbers.
      { flatHasDark: false, ...parameters },
      { backend, ...(into === undefined ? {} : { into }) },
    ),
  estimate_flat_field: ([stack, dark], parameters, backend, into) =>
    loose(K.FlatField.estimateFlatField)(stack, { dark }, parameters, {
      backend,
      ...(into === undefined ? {} : { into }),
    }),
  focus_measures: plain(K.FocusMeasures.focusMeasures),
  gaussian: plain(K.Gaussian.gaussian),
  gaussian_float: plain(K.Gaussian.gaussianFloat),
  erosion: plain(K.GreyMorphology.erosion),
  dilation: plain(K.GreyMorphology.dilation),
  opening: plain(K.GreyMorphology.opening),
  closing: plain(K.GreyMorphology.closing),
  label: plain(K.Label.label),
  laplacian_of_gaussian: plain(K.Laplacian.laplacianOfGaussian),
  difference_of_gaussians: plain(K.Laplacian.differenceOfGaussians),
  local_maxima: plain(K.LocalMaxima.localMaxima),
  low_rank_illumination: plain(K.LowRankIllumination.lowRankIllumination),
  maximum_projection: plain(K.MaximumProjection.maximumProjection),
  mean_projection: plain(K.MeanProjection.meanProjection),
  median: plain(K.Median.median),
  neurites: plain(K.Neurites.neurites),
  neurites_3d: plain(K.Neurites.neurites3d),
  remove_small_objects: plain(K.ObjectFilters.removeSmallObjects),
  fill_holes: plain(K.ObjectFilters.fillHoles),
  clear_border: plain(K.ObjectFilters.clearBorder),
  percentile_normalize_stack: plain(K.PercentileNormalize.percentileNormalizeStack),
  percentile_normalize: plain(K.PercentileNormalize.percentileNormalize),
  phase_correlation: plain(K.PhaseCorrelation.phaseCorrelation),
  region_properties: plain(K.RegionProperties.regionProperties),
  register_tiles: plain(K.RegisterTiles.registerTiles),
  rolling_ball_background: plain(K.RollingBall.rollingBallBackground),
  rolling_ball_correction: plain(K.RollingBall.rollingBallCorrection),
  saturation_measures: plain(K.SaturationMeasures.saturationMeasures),
  skeleton_graph: plain(K.SkeletonGraph.skeletonGraph),
  skeleton_graph_3d: plain(K.SkeletonGraph.skeletonGraph3d),
  skeletonize: plain(K.Skeletonize.skeletonize),
  skeletonize_3d: plain(K.Skeletonize.skeletonize3d),
  threshold_otsu: plain(K.Threshold.thresholdOtsu),
  threshold_li: plain(K.Threshold.thresholdLi),
  threshold_triangle: plain(K.Threshold.thresholdTriangle),
  threshold_multi_otsu: plain(K.Threshold.thresholdMultiOtsu),
  threshold_adaptive: plain(K.Threshold.thresholdAdaptive),
  threshold_manual: plain(K.Threshold.thresholdManual),
  white_top_hat: plain(K.TopHat.whiteTopHat),
  black_top_hat: plain(K.TopHat.blackTopHat),
  white_top_hat_downsampled: plain(K.TopHat.whiteTopHatDownsampled),
  watershed: plain(K.Watershed.watershed),
}

const planesOf = (axes: InputSpec["axes"]): number => (axes === "yx" ? 1 : axes === "syx" ? 4 : 3)

const isMaskLike = ({ dtypes, holds, name }: InputSpec): boolean =>
  holds === "mask" || (dtypes.length === 1 && dtypes[0] === "uint8") || name === "objects"

/** A dark field is far below the light, or there would be nothing to correct. */
const partOf = ({ name }: InputSpec): number => (name === "dark" ? 0.01 : 1)

/** Seeded pixels for an input: masks of 0 and 1, few labels, or grey values over the range of the type. */
export const inputOf = (spec: InputSpec, dtype: OutputDtype, width: number, height: number, seed: number): AnyImage => {
  const next = uniform(seed)
  const planes = planesOf(spec.axes)
  const data = allocate(dtype, width * height * planes)
  const top = isMaskLike(spec) ? 1 : dtype === "uint32" ? 3 : dtype === "uint8" ? 255 : dtype === "uint16" ? 4000 : 1
  for (let index = 0; index < data.length; index++) {
    data[index] =
      dtype === "float32" && !isMaskLike(spec)
        ? next() * partOf(spec)
        : between(next, spec.name === "flat" ? 1 : 0, Math.floor(top * partOf(spec)))
  }
  return { data, width, height, planes }
}

/** All inputs of a kernel, each with its first type or the one asked for where the input takes it. */
export const inputsOf = (
  { inputs }: Signature,
  width: number,
  height: number,
  seed: number,
  dtype?: OutputDtype,
): ReadonlyArray<AnyImage> => {
  const shared = dtype ?? "uint16"
  return inputs.map((spec, index) => {
    const own = spec.dtypes.includes(shared) ? shared : (spec.dtypes[0] ?? "uint8")
    return inputOf(spec, own, width, height, seed + index)
  })
}

const required: Readonly<Record<string, unknown>> = {
  xPx: [0, 5, 0, 5],
  yPx: [0, 0, 5, 5],
  rows: 2,
  columns: 2,
  widthPx: 1,
  heightPx: 1,
  threshold: 0.2,
  lowSigmaPx: 1,
  highSigmaPx: 2,
  sigmaPx: 1,
  radiusPx: 2,
}

/** Parameters with which a kernel works: fallbacks, and something for what must be given. */
export const parametersOf = ({ parameters }: Signature): Record<string, unknown> => {
  const given: Record<string, unknown> = {}
  for (const [name, spec] of Object.entries<ParameterSpec>(parameters)) {
    if (spec.fallback === undefined && name in required) given[name] = required[name]
  }
  // The test is of arguments, not of a thousand permutations.
  if ("permutationSamples" in parameters) given["permutationSamples"] = 20
  return given
}

/** The first plane of a stack as an image. */
export const asImage = ({ data, height, width }: AnyImage): Image<Pixels | Uint32Array> => ({ data, height, width })
