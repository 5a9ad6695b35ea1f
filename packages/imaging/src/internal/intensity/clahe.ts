/**
 * Contrast limited adaptive histogram equalisation; the same for all backends. Numbers and their order of operations are
 * those of scikit-image.
 *
 * @layer logic
 * @module
 */
import { dtypeOf, type Image, type Pixels, rangeMaxOf } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import { halfToEven } from "../halfToEven.ts"

/** Grey levels within the method. */
const levels = 16_384

/** Regions, the limit of a count as a share, and bins. */
export interface ClaheOptions {
  readonly regionWidth: number
  readonly regionHeight: number
  readonly clipLimit: number
  readonly bins: number
}

/** Any place, mirrored into the picture without repeating the edge: `d c b | a b c d | c b a`. */
const mirroredWithin = (place: number, length: number): number => {
  if (length === 1) return 0
  const period = 2 * (length - 1)
  const within = place % period
  return within < length ? within : period - within
}

/** The bin of each pixel: 16 bits, stretched onto the levels, cut into bins. Undefined for a constant picture. */
const binned = (data: Pixels, bins: number): Uint16Array | undefined => {
  const scale = data instanceof Float32Array ? 65_535 : data.BYTES_PER_ELEMENT === 1 ? 257 : 1
  const isFloat = data instanceof Float32Array
  const wide = new Uint16Array(data.length)
  let [least, largest] = [65_535, 0]
  for (let index = 0; index < data.length; index++) {
    const value = isFloat ? halfToEven(data[index] * scale) : data[index] * scale
    wide[index] = value
    if (value < least) least = value
    if (value > largest) largest = value
  }
  if (least === largest) return undefined
  const binLevels = 1 + Math.floor(levels / bins)
  const table = new Uint16Array(largest + 1)
  for (let value = least; value <= largest; value++) {
    const level = halfToEven(((value - least) / (largest - least)) * (levels - 1))
    table[value] = Math.floor(level / binLevels)
  }
  for (let index = 0; index < wide.length; index++) wide[index] = table[wide[index]]
  return wide
}

/** Cuts counts at a limit and hands out what was cut: first the same to all, then one by one in steps. */
const limitCounts = (counts: Float64Array, limit: number): void => {
  const bins = counts.length
  let excess = 0
  for (let bin = 0; bin < bins; bin++) {
    if (counts[bin] <= limit) continue
    excess += counts[bin] - limit
    counts[bin] = limit
  }
  const share = Math.floor(excess / bins)
  const upper = limit - share
  for (let bin = 0; bin < bins; bin++) {
    if (counts[bin] < upper) {
      excess -= share
      counts[bin] += share
    }
  }
  for (let bin = 0; bin < bins; bin++) {
    // Those that the share has just brought to the limit's neighbourhood are filled as well.
    if (counts[bin] >= upper && counts[bin] < limit) {
      excess += counts[bin] - limit
      counts[bin] = limit
    }
  }
  while (excess > 0) {
    const before = excess
    for (let start = 0; start < bins && excess > 0; start++) {
      let under = 0
      for (let bin = 0; bin < bins; bin++) if (counts[bin] < limit) under++
      const step = Math.max(1, Math.floor(under / excess))
      for (let bin = start; bin < bins; bin += step) {
        if (counts[bin] >= limit) continue
        counts[bin]++
        excess--
      }
    }
    if (excess === before) break
  }
}

/** What each bin becomes in each region, region after region. */
const mappings = (
  pixels: Uint16Array,
  width: number,
  height: number,
  { bins, clipLimit, regionHeight, regionWidth }: ClaheOptions,
): Int32Array => {
  const [across, down] = [Math.ceil(width / regionWidth), Math.ceil(height / regionHeight)]
  const area = regionWidth * regionHeight
  const limit = clipLimit > 0 ? Math.max(1, Math.trunc(clipLimit * area)) : area
  const maps = new Int32Array(across * down * bins)
  for (let region = 0; region < across * down; region++) {
    const left = (region % across) * regionWidth
    const top = Math.floor(region / across) * regionHeight
    const counts = new Float64Array(bins)
    for (let y = top; y < top + regionHeight; y++) {
      const line = mirroredWithin(y, height) * width
      for (let x = left; x < left + regionWidth; x++) counts[pixels[line + mirroredWithin(x, width)]]++
    }
    limitCounts(counts, limit)
    let sum = 0
    for (let bin = 0; bin < bins; bin++) {
      sum += counts[bin]
      maps[region * bins + bin] = Math.trunc(Math.min(sum * ((levels - 1) / area), levels - 1))
    }
  }
  return maps
}

/** Between which two regions each column or row lies, and how far. */
const blends = (
  length: number,
  region: number,
): { readonly before: Int32Array; readonly after: Int32Array; readonly share: Float64Array } => {
  const regions = Math.ceil(length / region)
  const [before, after, share] = [new Int32Array(length), new Int32Array(length), new Float64Array(length)]
  for (let place = 0; place < length; place++) {
    const shifted = place + Math.floor(region / 2)
    const block = Math.floor(shifted / region)
    before[place] = Math.min(Math.max(block - 1, 0), regions - 1)
    after[place] = Math.min(block, regions - 1)
    share[place] = (shifted % region) / region
  }
  return { before, after, share }
}

/** The equalised picture. */
export const equalized = <P extends Pixels>(
  { data, height, width }: Image<P>,
  options: ClaheOptions,
  into: P | undefined,
): Image<P> => {
  const out = into ?? likeOf(data, data.length)
  const pixels = binned(data, options.bins)
  if (pixels === undefined) {
    out.set(data)
    return { data: out, width, height }
  }
  const maps = mappings(pixels, width, height, options)
  const stride = Math.ceil(width / options.regionWidth)
  const columns = blends(width, options.regionWidth)
  const rows = blends(height, options.regionHeight)
  const { bins } = options
  const mixed = new Uint16Array(data.length)
  let [least, largest] = [65_535, 0]
  for (let y = 0; y < height; y++) {
    const [upper, lower] = [rows.before[y] * stride, rows.after[y] * stride]
    const [yAfter, yBefore] = [rows.share[y], 1 - rows.share[y]]
    for (let x = 0; x < width; x++) {
      const bin = pixels[y * width + x]
      const [left, right] = [columns.before[x], columns.after[x]]
      const [xAfter, xBefore] = [columns.share[x], 1 - columns.share[x]]
      let sum = Math.fround(maps[(upper + left) * bins + bin] * (xBefore * yBefore))
      sum = Math.fround(sum + Math.fround(maps[(upper + right) * bins + bin] * (xAfter * yBefore)))
      sum = Math.fround(sum + Math.fround(maps[(lower + left) * bins + bin] * (xBefore * yAfter)))
      sum = Math.fround(sum + Math.fround(maps[(lower + right) * bins + bin] * (xAfter * yAfter)))
      const value = Math.trunc(sum)
      mixed[y * width + x] = value
      if (value < least) least = value
      if (value > largest) largest = value
    }
  }
  const top = rangeMaxOf(dtypeOf(data))
  const isFloat = data instanceof Float32Array
  // Nothing to stretch: as scikit-image, cut to 0 to 1.
  const scaled = (value: number): number =>
    least === largest ? Math.min(value, 1) : (value - least) / (largest - least)
  const table = Float64Array.from({ length: largest + 1 }, (_, value) => {
    const full = scaled(value) * top
    return isFloat ? full : halfToEven(full)
  })
  for (let index = 0; index < mixed.length; index++) out[index] = table[mixed[index]]
  return { data: out, width, height }
}
