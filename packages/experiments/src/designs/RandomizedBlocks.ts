/**
 * Randomised complete blocks: each block holds every treatment, in an order of its own.
 *
 * The orders are drawn independently and without restriction, so two blocks may have the same one by chance: with three
 * treatments, one pair of blocks in six. Redrawing such orders would break the randomisation that tests rest on.
 *
 * @layer logic
 * @module
 */
import type { MersenneTwister } from "../MersenneTwister.ts"

/** One block: `copies` of each treatment number from 0 to `treatments` - 1 in random order. */
export const block = (treatments: number, copies: number, random: MersenneTwister): ReadonlyArray<number> => {
  const order = Array.from({ length: treatments * copies }, (_, index) => index % treatments)
  random.shuffle(order)
  return order
}
