/**
 * All kernels by their names in pipeline files, as data. What a pipeline may use, with which parameters, on which axes and
 * types, and what comes out, is read here without loading any picture.
 *
 * @layer logic
 * @module
 */
import * as AssembleTiles from "./AssembleTiles.ts"
import * as BestFocus from "./BestFocus.ts"
import * as BinaryMorphology from "./BinaryMorphology.ts"
import * as Binning from "./Binning.ts"
import * as Blobs from "./Blobs.ts"
import * as Clahe from "./Clahe.ts"
import * as Colocalization from "./Colocalization.ts"
import * as Composite from "./Composite.ts"
import * as CountCells from "./CountCells.ts"
import * as Crop from "./Crop.ts"
import * as DistanceTransform from "./DistanceTransform.ts"
import * as FlatField from "./FlatField.ts"
import * as FocusMeasures from "./FocusMeasures.ts"
import * as Gaussian from "./Gaussian.ts"
import * as GreyMorphology from "./GreyMorphology.ts"
import * as Label from "./Label.ts"
import * as Laplacian from "./Laplacian.ts"
import * as LocalMaxima from "./LocalMaxima.ts"
import * as LowRankIllumination from "./LowRankIllumination.ts"
import * as MaximumProjection from "./MaximumProjection.ts"
import * as MeanProjection from "./MeanProjection.ts"
import * as Median from "./Median.ts"
import * as Neurites from "./Neurites.ts"
import * as ObjectFilters from "./ObjectFilters.ts"
import * as PercentileNormalize from "./PercentileNormalize.ts"
import * as PhaseCorrelation from "./PhaseCorrelation.ts"
import * as RegionProperties from "./RegionProperties.ts"
import * as RegisterTiles from "./RegisterTiles.ts"
import * as RollingBall from "./RollingBall.ts"
import * as SaturationMeasures from "./SaturationMeasures.ts"
import * as SkeletonGraph from "./SkeletonGraph.ts"
import * as Skeletonize from "./Skeletonize.ts"
import * as Threshold from "./Threshold.ts"
import * as TopHat from "./TopHat.ts"
import * as Watershed from "./Watershed.ts"
import type { Signature } from "./Signature.ts"

/** The signatures of all kernels, by module. @category signatures */
export const signatures: ReadonlyArray<Signature> = [
  AssembleTiles.signature,
  BestFocus.signature,
  BinaryMorphology.binaryErosionSignature,
  BinaryMorphology.binaryDilationSignature,
  BinaryMorphology.binaryOpeningSignature,
  BinaryMorphology.binaryClosingSignature,
  Binning.signature,
  Blobs.blobLogSignature,
  Blobs.countBlobsSignature,
  Clahe.signature,
  Colocalization.colocalizationSignature,
  Colocalization.objectOverlapSignature,
  Colocalization.maskOverlapSignature,
  Composite.signature,
  CountCells.signature,
  Crop.signature,
  DistanceTransform.signature,
  FlatField.correctSignature,
  FlatField.estimateSignature,
  FocusMeasures.signature,
  Gaussian.signature,
  Gaussian.floatSignature,
  GreyMorphology.erosionSignature,
  GreyMorphology.dilationSignature,
  GreyMorphology.openingSignature,
  GreyMorphology.closingSignature,
  Label.signature,
  Laplacian.laplacianSignature,
  Laplacian.differenceSignature,
  LocalMaxima.signature,
  LowRankIllumination.signature,
  MaximumProjection.signature,
  MeanProjection.signature,
  Median.signature,
  Neurites.neuritesSignature,
  Neurites.neurites3dSignature,
  ObjectFilters.removeSmallObjectsSignature,
  ObjectFilters.fillHolesSignature,
  ObjectFilters.clearBorderSignature,
  PercentileNormalize.stackSignature,
  PercentileNormalize.signature,
  PhaseCorrelation.signature,
  RegionProperties.signature,
  RegisterTiles.signature,
  RollingBall.backgroundSignature,
  RollingBall.correctionSignature,
  SaturationMeasures.signature,
  SkeletonGraph.skeletonGraphSignature,
  SkeletonGraph.skeletonGraph3dSignature,
  Skeletonize.skeletonizeSignature,
  Skeletonize.skeletonize3dSignature,
  Threshold.otsuSignature,
  Threshold.liSignature,
  Threshold.triangleSignature,
  Threshold.multiOtsuSignature,
  Threshold.adaptiveSignature,
  Threshold.manualSignature,
  TopHat.whiteSignature,
  TopHat.blackSignature,
  TopHat.downsampledSignature,
  Watershed.signature,
]

/** The signature of a kernel by its name, such as `white_top_hat`; `undefined` where there is none. @category getters */
export const signatureOf = (name: string): Signature | undefined =>
  signatures.find((signature) => signature.name === name)
