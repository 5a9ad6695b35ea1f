/**
 * Edges that nothing else confirms: those on no closed way (Tarjan, Information Processing Letters 2, 160-161, 1974).
 *
 * @layer logic
 * @module
 */

interface Ends {
  readonly first: number
  readonly second: number
}

/** For each edge whether the nodes on its two sides hang together by it alone. */
export const bridgesOf = (count: number, edges: ReadonlyArray<Ends>): ReadonlyArray<boolean> => {
  const at: ReadonlyArray<Array<number>> = Array.from({ length: count }, () => [])
  for (const [index, { first, second }] of edges.entries()) {
    at[first].push(index)
    at[second].push(index)
  }
  const order = new Int32Array(count).fill(-1)
  /** The earliest node that a node's part of the tree reaches without the edge that leads to it. */
  const lowest = new Int32Array(count)
  const next = new Int32Array(count)
  const through = new Int32Array(count).fill(-1)
  const isBridge = edges.map(() => false)
  let seen = 0
  // Large grids are deeper than a call stack: the way back is kept here.
  for (let root = 0; root < count; root++) {
    if (order[root] >= 0) continue
    const way = [root]
    order[root] = lowest[root] = seen++
    while (way.length > 0) {
      const node = way[way.length - 1]
      if (next[node] === at[node].length) {
        way.pop()
        if (way.length === 0) break
        const parent = way[way.length - 1]
        lowest[parent] = Math.min(lowest[parent], lowest[node])
        if (lowest[node] > order[parent]) isBridge[through[node]] = true
        continue
      }
      const index = at[node][next[node]++]
      if (index === through[node]) continue
      const { first, second } = edges[index]
      const other = first === node ? second : first
      if (order[other] >= 0) lowest[node] = Math.min(lowest[node], order[other])
      else {
        order[other] = lowest[other] = seen++
        through[other] = index
        way.push(other)
      }
    }
  }
  return isBridge
}
