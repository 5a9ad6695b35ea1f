/**
 * What a backend does for the objects kernels, once their parameters and pictures are checked.
 *
 * @layer contract
 * @module
 */
import type { Image, Labels, Mask, Pixels } from "../../Image.ts"

/** Pixels touch by their sides (4), or also by their corners (8). */
export type Connectivity = 4 | 8

/** Stretches of pixels of one row that belong together, in the order of rows: run `i` covers `starts[i]` to before `ends[i]`. */
export interface Runs {
  /** The first run of each row, then the number of all. */
  readonly rows: Uint32Array
  readonly starts: Uint16Array
  readonly ends: Uint16Array
  /** The label of each run. */
  readonly labels: Uint32Array
}

/** Runs whose labels count from 1 to `count`. */
export interface LabelledRuns extends Runs {
  readonly count: number
  /** As {@link ObjectsOps.greys} gives them, where they were asked for. */
  readonly greys?: Float64Array
}

/** A label image with its largest label. */
export interface Labelled {
  readonly labels: Labels
  readonly count: number
}

/** Numbers of each run in {@link ObjectsOps.greys}: smallest, largest, sum, sum of value times x, and of squared differences from the run's mean. */
export const greyNumbers = 5

/** The smallest and the largest value. */
export interface Range {
  readonly least: number
  readonly most: number
}

/** Pixels, sums of squared differences from both means, and of the products of the differences. */
export interface PairSums {
  readonly pixels: number
  readonly squaresA: number
  readonly squaresB: number
  readonly products: number
}

/** Of each image the pixels above its threshold, their sum, and the sum of those where the other is above its own. */
export interface Light {
  readonly pixelsA: number
  readonly sumA: number
  readonly commonA: number
  readonly pixelsB: number
  readonly sumB: number
  readonly commonB: number
}

/** The operations of the objects kernels. */
export interface ObjectsOps {
  /** The one value besides 0 that the pixels have; 0 where there is none, undefined where there are several. */
  readonly maskValue: (data: Pixels) => number | undefined
  /** The runs of values above a threshold (a value of the pixels' type), numbered by the components that they form. */
  readonly labelRuns: (image: Image, threshold: number, connectivity: Connectivity, withGreys?: boolean) => LabelledRuns
  /** The runs of a mask's background, numbered by the components that they form. */
  readonly backgroundRuns: (mask: Mask, connectivity: Connectivity) => LabelledRuns
  /** The same as an image. */
  readonly label: (
    image: Image,
    threshold: number,
    connectivity: Connectivity,
    into: Uint32Array | undefined,
  ) => Labelled
  /** Writes the labels of runs as an image. */
  readonly paint: (runs: Runs, width: number, height: number, into: Uint32Array | undefined) => Labels
  /** The runs of equal labels of a label image. */
  readonly runsOf: (labels: Labels) => Runs
  /** Pixels on each object's border by what they add to its perimeter: 1, the square root of 2, half of both; three counts for each object. */
  readonly borderCodes: (labels: Labels, runs: Runs, objects: Uint32Array, count: number) => Uint32Array
  /** Grey values of runs, {@link greyNumbers} for each. */
  readonly greys: (image: Image, runs: Runs) => Float64Array
  /** The smallest and the largest value. */
  readonly rangeOf: (image: Image) => Range
  /** The distance to the nearest background pixel. */
  readonly distance: (mask: Mask, into: Float32Array | undefined) => Image<Float32Array>
  /** Parts of a mask around the maxima of the distance to its background that lie so far apart. */
  readonly split: (mask: Mask, separationPx: number) => Labelled
  /** Places of pixels above a threshold that nothing within the square of this radius exceeds, in the order of rows. */
  readonly peaks: (image: Image, radiusPx: number, threshold: number) => Uint32Array
  /** Floods an image from markers. */
  readonly flood: (
    image: Image,
    markers: Labels,
    mask: Mask | undefined,
    connectivity: Connectivity,
    into: Uint32Array | undefined,
  ) => Labels
  /** What two images of one type have in common within a mask. */
  readonly pairSums: (a: Image, b: Image, mask: Mask | undefined) => PairSums
  /** Light of two images of one type within a mask: what lies above their thresholds (values of the pixels' type). */
  readonly light: (a: Image, b: Image, mask: Mask | undefined, aboveA: number, aboveB: number) => Light
}
