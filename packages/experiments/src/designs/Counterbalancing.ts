/**
 * Complete counterbalancing: every order of the treatments once, in lexicographic order.
 *
 * @layer logic
 * @module
 */

/** The most treatments whose orders are all listed: 7 have 5,040. */
export const treatmentsMax = 7

/** All orders of `count` treatments, each a list of treatment numbers from 0. */
export const permutations = (count: number): ReadonlyArray<ReadonlyArray<number>> => {
  if (!Number.isInteger(count) || count < 1 || count > treatmentsMax) throw new RangeError(`${count} treatments`)
  let orders: ReadonlyArray<ReadonlyArray<number>> = [[]]
  for (let length = 0; length < count; length++) {
    orders = orders.flatMap((order) =>
      Array.from({ length: count }, (_, treatment) => treatment)
        .filter((treatment) => !order.includes(treatment))
        .map((treatment) => [...order, treatment]),
    )
  }
  return orders
}
