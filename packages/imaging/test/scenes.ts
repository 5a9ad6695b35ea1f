/**
 * Seeded pictures: what microscopes see, and what breaks kernels.
 */
import { allocate, type Dtype, type DtypeArrays, type Image, rangeMaxOf } from "../src/Image.ts"
import { between, normal, uniform } from "./random.ts"

/** What is in a picture. */
export const kinds = ["cells", "neurites", "noise", "gradient", "blocks", "constant", "spots"] as const
/** The name of what is in a picture. */
export type Kind = (typeof kinds)[number]

const disc = (
  values: Float64Array,
  width: number,
  height: number,
  x: number,
  y: number,
  radius: number,
  add: number,
) => {
  for (let row = Math.max(0, Math.floor(y - radius)); row <= Math.min(height - 1, Math.ceil(y + radius)); row++) {
    for (
      let column = Math.max(0, Math.floor(x - radius));
      column <= Math.min(width - 1, Math.ceil(x + radius));
      column++
    ) {
      if ((row - y) ** 2 + (column - x) ** 2 <= radius ** 2)
        values[row * width + column] = (values[row * width + column] ?? 0) + add
    }
  }
}

/** Values from 0 to 1 of a scene. */
export const sceneValues = (kind: Kind, width: number, height: number, seed: number): Float64Array => {
  const next = uniform(seed)
  const values = new Float64Array(width * height)
  switch (kind) {
    case "constant":
      return values.fill(0.3)
    case "noise":
      return values.map(() => next())
    case "gradient":
      return values.map((_, index) => ((index % width) / width + Math.floor(index / width) / height) / 2)
    case "blocks":
      // Few values and long straight edges: ties, plateaus, right angles.
      for (let index = 0; index < values.length; index++) {
        const cell = Math.floor((index % width) / 5) * 31 + Math.floor(index / width / 7) * 17
        values[index] = ((cell + seed) % 4) / 3
      }
      return values
    case "spots": {
      values.fill(0.05)
      for (let count = Math.max(1, Math.round((width * height) / 600)); count > 0; count--) {
        const [x, y, sigma, peak] = [next() * width, next() * height, 1 + next() * 3, 0.2 + next() * 0.6]
        for (let index = 0; index < values.length; index++) {
          const square = ((index % width) - x) ** 2 + (Math.floor(index / width) - y) ** 2
          values[index] = (values[index] ?? 0) + peak * Math.exp(-square / (2 * sigma ** 2))
        }
      }
      break
    }
    case "cells": {
      for (let index = 0; index < values.length; index++) {
        const [x, y] = [(index % width) / width - 0.5, Math.floor(index / width) / height - 0.5]
        values[index] = 0.1 * (1 - x * x - y * y)
      }
      for (let count = Math.max(1, Math.round((width * height) / 500)); count > 0; count--) {
        disc(values, width, height, next() * width, next() * height, 2 + next() * 7, 0.2 + next() * 0.3)
      }
      break
    }
    case "neurites": {
      values.fill(0.05)
      for (let count = Math.max(2, Math.round((width * height) / 1500)); count > 0; count--) {
        let [x, y, angle] = [next() * width, next() * height, next() * 2 * Math.PI]
        for (let step = between(next, 10, 60); step > 0; step--) {
          disc(values, width, height, x, y, 1.2, 0.15)
          angle += (next() - 0.5) * 0.6
          x += Math.cos(angle)
          y += Math.sin(angle)
        }
      }
      break
    }
  }
  return values.map((value) => value + 0.01 * normal(next))
}

/** A scene as pixels of a type. */
export const scene = <D extends Dtype>(
  kind: Kind,
  dtype: D,
  width: number,
  height: number,
  seed: number,
): Image<DtypeArrays[D]> => {
  const values = sceneValues(kind, width, height, seed)
  const data = allocate(dtype, width * height)
  const range = rangeMaxOf(dtype)
  for (const [index, value] of values.entries()) {
    const inside = Math.min(1, Math.max(0, value))
    data[index] = dtype === "float32" ? inside : Math.round(inside * range)
  }
  return { data, width, height }
}

/** Sizes that break loops of 4, 8, 16 and 64: one pixel, lines, odd ones, just over a vector. */
export const oddSizes: ReadonlyArray<readonly [width: number, height: number]> = [
  [1, 1],
  [1, 17],
  [33, 1],
  [2, 3],
  [7, 5],
  [16, 16],
  [31, 29],
  [65, 40],
  [127, 66],
]

/** A seeded scene of any kind and size, for tests over many. */
export const anyScene = <D extends Dtype>(dtype: D, seed: number, sideMax = 96): Image<DtypeArrays[D]> => {
  const next = uniform(seed * 7919 + 1)
  const kind = kinds[between(next, 0, kinds.length - 1)] ?? "noise"
  return scene(kind, dtype, between(next, 8, sideMax), between(next, 8, sideMax), seed)
}
