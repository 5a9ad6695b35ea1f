/**
 * Measures of two channels.
 *
 * @layer logic
 * @module
 */
import type { Image, Labels, Mask } from "../../Image.ts"
import type { ObjectTable } from "../../ObjectTable.ts"
import type { maskTable, overlapTable } from "./colocalizationColumns.ts"
import { indexed } from "./label.ts"
import { thresholdFor } from "./maxima.ts"
import type { ObjectsOps } from "./ops.ts"
import { boxesOf } from "./shapes.ts"

/** Pearson's correlation within a mask. */
export const pearsonOf = (
  ops: ObjectsOps,
  a: Image,
  b: Image,
  mask: Mask | undefined,
): { readonly pixels: number; readonly value: number; readonly reason: string } => {
  const { pixels, products, squaresA, squaresB } = ops.pairSums(a, b, mask)
  const undefinedBy = (reason: string) => ({ pixels, value: Number.NaN, reason })
  if (pixels < 2) return undefinedBy("fewer than 2 pixels")
  if (squaresA === 0) return undefinedBy("the first channel has one value")
  if (squaresB === 0) return undefinedBy("the second channel has one value")
  const value = products / (Math.sqrt(squaresA) * Math.sqrt(squaresB))
  return { pixels, value: Math.min(1, Math.max(-1, value)), reason: "" }
}

/** Manders' fractions within a mask, and why one is not defined. */
export const mandersOf = (
  ops: ObjectsOps,
  a: Image,
  b: Image,
  mask: Mask | undefined,
  thresholdA: number,
  thresholdB: number,
): { readonly m1: number; readonly m2: number; readonly reason1: string; readonly reason2: string } => {
  const { commonA, commonB, pixelsA, pixelsB, sumA, sumB } = ops.light(
    a,
    b,
    mask,
    thresholdFor(a, thresholdA),
    thresholdFor(b, thresholdB),
  )
  const reasonOf = (channel: string, pixels: number, sum: number): string =>
    pixels === 0
      ? `no pixel of the ${channel} channel is above its threshold`
      : sum <= 0
        ? `the light of the ${channel} channel does not sum to more than 0`
        : ""
  const [reason1, reason2] = [reasonOf("first", pixelsA, sumA), reasonOf("second", pixelsB, sumB)]
  return {
    m1: reason1 === "" ? commonA / sumA : Number.NaN,
    m2: reason2 === "" ? commonB / sumB : Number.NaN,
    reason1,
    reason2,
  }
}

/** For each object of one label image how much of it lies on objects of another. */
export const overlapsOf = (ops: ObjectsOps, a: Labels, b: Labels): ObjectTable<typeof overlapTable> => {
  const [runsA, runsB] = [ops.runsOf(a), ops.runsOf(b)]
  const [namesA, namesB] = [indexed(runsA), indexed(runsB)]
  const areaA = boxesOf(runsA, namesA.objects, namesA.labels.length).area
  const areaB = boxesOf(runsB, namesB.objects, namesB.labels.length).area
  /** For each object of A the common pixels with objects of B. */
  const common = Array.from(areaA, () => new Map<number, number>())
  for (let y = 0; y < a.height; y++) {
    let other = runsB.rows[y]
    let run = runsA.rows[y]
    while (run < runsA.rows[y + 1] && other < runsB.rows[y + 1]) {
      const pixels = Math.min(runsA.ends[run], runsB.ends[other]) - Math.max(runsA.starts[run], runsB.starts[other])
      const counts = common[namesA.objects[run]]
      const partner = namesB.objects[other]
      if (pixels > 0) counts?.set(partner, (counts.get(partner) ?? 0) + pixels)
      if (runsA.ends[run] < runsB.ends[other]) run++
      else other++
    }
  }
  const overlap = Float64Array.from(common, (counts) => {
    let sum = 0
    for (const n of counts.values()) sum += n
    return sum
  })
  const best = common.map((counts) => {
    let [partner, pixels] = [-1, 0]
    for (const [one, n] of counts) {
      // Objects stand by rising label.
      if (n > pixels || (n === pixels && one < partner)) [partner, pixels] = [one, n]
    }
    return { partner, pixels }
  })
  const column = (of: (found: { readonly partner: number; readonly pixels: number }, object: number) => number) =>
    Float64Array.from(best, of)
  return {
    rows: areaA.length,
    columns: {
      label: Float64Array.from(namesA.labels),
      area_px: areaA,
      overlap_px: overlap,
      overlap_fraction: areaA.map((area, object) => overlap[object] / area),
      partner_label: column(({ partner }) => (partner < 0 ? -1 : namesB.labels[partner])),
      partner_overlap_px: column(({ pixels }) => pixels),
      partner_jaccard: column(({ partner, pixels }, object) =>
        partner < 0 ? Number.NaN : pixels / (areaA[object] + areaB[partner] - pixels),
      ),
    },
  }
}

/** How far two masks agree. */
export const masksOf = (a: Mask, b: Mask): ObjectTable<typeof maskTable> => {
  let [areaA, areaB, common] = [0, 0, 0]
  for (let index = 0; index < a.data.length; index++) {
    const [inA, inB] = [a.data[index] === 0 ? 0 : 1, b.data[index] === 0 ? 0 : 1]
    areaA += inA
    areaB += inB
    common += inA & inB
  }
  const either = areaA + areaB - common
  return {
    rows: 1,
    columns: {
      area_a_px: Float64Array.of(areaA),
      area_b_px: Float64Array.of(areaB),
      common_px: Float64Array.of(common),
      // 0 / 0 is NaN: two empty masks neither agree nor differ.
      jaccard: Float64Array.of(common / either),
      dice: Float64Array.of((2 * common) / (areaA + areaB)),
      reason: [either === 0 ? "both masks are empty" : ""],
    },
  }
}
