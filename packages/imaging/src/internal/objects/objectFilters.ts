/**
 * Objects that are removed and holes that are filled, by their runs.
 *
 * @layer logic
 * @module
 */
import type { Image, Mask } from "../../Image.ts"
import { likeOf } from "../arrays.ts"
import { indexed } from "./label.ts"
import type { Connectivity, ObjectsOps, Runs } from "./ops.ts"
import { type Boxes, boxesOf } from "./shapes.ts"

/** Whether an object goes. */
export type Unwanted = (boxes: Boxes, object: number) => boolean

/** Writes a value on the runs of chosen objects. */
const write = <P extends Uint8Array | Uint32Array>(
  data: P,
  width: number,
  { ends, rows, starts }: Runs,
  value: number,
  chosen: (run: number) => boolean,
): void => {
  for (let y = 0; y + 1 < rows.length; y++) {
    for (let run = rows[y]; run < rows[y + 1]; run++) {
      if (chosen(run)) data.fill(value, y * width + starts[run], y * width + ends[run])
    }
  }
}

/** A mask without some of its components, or a label image without some of its labels. */
export const withoutObjects = <P extends Uint8Array | Uint32Array>(
  ops: ObjectsOps,
  { data, height, width }: Image<P>,
  connectivity: Connectivity,
  into: P | undefined,
  unwanted: Unwanted,
): Image<P> => {
  const runs =
    data instanceof Uint8Array
      ? ops.labelRuns({ data, width, height }, 0, connectivity)
      : ops.runsOf({ data, width, height })
  const { labels, objects } = indexed(runs)
  const boxes = boxesOf(runs, objects, labels.length)
  const gone = Array.from(labels, (_, object) => unwanted(boxes, object))
  const out = into ?? likeOf(data, data.length)
  out.set(data)
  write(out, width, runs, 0, (run) => gone[objects[run]] === true)
  return { data: out, width, height }
}

/** A mask whose background parts away from the border, up to an area, are foreground; 0 and 1. */
export const filledHoles = (
  ops: ObjectsOps,
  { data, height, width }: Mask,
  connectivity: Connectivity,
  areaMaxPx: number,
  into: Uint8Array | undefined,
): Mask => {
  const runs = ops.backgroundRuns({ data, width, height }, connectivity)
  const objects = runs.labels.map((one) => one - 1)
  const { area, bottom, left, right, top } = boxesOf(runs, objects, runs.count)
  const out = into ?? new Uint8Array(data.length)
  out.fill(1)
  write(out, width, runs, 0, (run) => {
    const object = objects[run]
    const reaches = top[object] === 0 || left[object] === 0 || bottom[object] === height || right[object] === width
    return reaches || area[object] > areaMaxPx
  })
  return { data: out, width, height }
}
