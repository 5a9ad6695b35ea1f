/**
 * From offsets between tiles to positions: a spanning tree of the best edges, least squares over all that agree with one
 * another, and a linear model of the stage for tiles that no good edge reaches.
 *
 * @layer logic
 * @module
 */

/** An edge that was measured well. */
export interface SolveEdge {
  readonly first: number
  readonly second: number
  readonly x: number
  readonly y: number
  readonly error: number
}

/** A point. */
export interface Point {
  readonly x: number
  readonly y: number
}

/** How a tile's position came about: by edges to the most tiles, by the model of the stage, or as it was meant. */
export type Placed = "edges" | "model" | "nominal"

/** Positions of all tiles. */
export interface Solution {
  readonly positions: ReadonlyArray<Point>
  readonly placed: ReadonlyArray<Placed>
  /** For each edge given, whether it was used in the end. */
  readonly used: ReadonlyArray<boolean>
}

/** Which tiles hang together, with the positions along the tree of the best edges. */
const treeOf = (
  count: number,
  edges: ReadonlyArray<SolveEdge>,
): { readonly component: ReadonlyArray<number>; readonly positions: Array<Point> } => {
  const parent = Array.from({ length: count }, (_, index) => index)
  const find = (index: number): number => {
    let at = index
    while (parent[at] !== at) {
      parent[at] = parent[parent[at]]
      at = parent[at]
    }
    return at
  }
  const tree: Array<ReadonlyArray<{ readonly to: number; readonly x: number; readonly y: number }>> = Array.from(
    { length: count },
    () => [],
  )
  const order = edges.map((_, index) => index).sort((a, b) => edges[a].error - edges[b].error || a - b)
  for (const index of order) {
    const { first, second, x, y } = edges[index]
    const [a, b] = [find(first), find(second)]
    if (a === b) continue
    // The smaller root stays, so that a component is named after its first tile.
    parent[Math.max(a, b)] = Math.min(a, b)
    tree[first] = [...tree[first], { to: second, x, y }]
    tree[second] = [...tree[second], { to: first, x: -x, y: -y }]
  }
  const component = parent.map((_, index) => find(index))
  const positions: Array<Point> = Array.from({ length: count }, () => ({ x: 0, y: 0 }))
  const seen = new Set<number>()
  for (const start of new Set(component)) {
    const open = [start]
    seen.add(start)
    for (let at = open.pop(); at !== undefined; at = open.pop()) {
      for (const { to, x, y } of tree[at]) {
        if (seen.has(to)) continue
        seen.add(to)
        positions[to] = { x: positions[at].x + x, y: positions[at].y + y }
        open.push(to)
      }
    }
  }
  return { component, positions }
}

/** Weighted least squares of one coordinate by conjugate gradients from a start; each component keeps its mean. */
const leastSquares = (
  start: ReadonlyArray<number>,
  edges: ReadonlyArray<SolveEdge>,
  offsets: ReadonlyArray<number>,
  weights: ReadonlyArray<number>,
): ReadonlyArray<number> => {
  const count = start.length
  const times = (values: Float64Array): Float64Array => {
    const out = new Float64Array(count)
    for (const [index, { first, second }] of edges.entries()) {
      const pull = weights[index] * (values[second] - values[first])
      out[second] += pull
      out[first] -= pull
    }
    return out
  }
  const dot = (a: Float64Array, b: Float64Array): number => a.reduce((sum, value, index) => sum + value * b[index], 0)
  const x = Float64Array.from(start)
  const residual = times(x).map((value) => -value)
  for (const [index, { first, second }] of edges.entries()) {
    const pull = weights[index] * offsets[index]
    residual[second] += pull
    residual[first] -= pull
  }
  let direction = Float64Array.from(residual)
  let square = dot(residual, residual)
  const enough = 1e-24 * Math.max(1, square)
  for (let step = 0; step < 2 * count + 10 && square > enough; step++) {
    const image = times(direction)
    const along = square / dot(direction, image)
    if (!Number.isFinite(along)) break
    for (let index = 0; index < count; index++) {
      x[index] += along * direction[index]
      residual[index] -= along * image[index]
    }
    const next = dot(residual, residual)
    direction = direction.map((value, index) => residual[index] + (next / square) * value)
    square = next
  }
  return Array.from(x)
}

const solved = (
  start: ReadonlyArray<Point>,
  edges: ReadonlyArray<SolveEdge>,
  weights: ReadonlyArray<number>,
): Array<Point> => {
  const [startX, startY] = [start.map(({ x }) => x), start.map(({ y }) => y)]
  const [edgeX, edgeY] = [edges.map(({ x }) => x), edges.map(({ y }) => y)]
  const xs = leastSquares(startX, edges, edgeX, weights)
  const ys = leastSquares(startY, edges, edgeY, weights)
  return xs.map((x, index) => ({ x, y: ys[index] }))
}

const residualOf = (positions: ReadonlyArray<Point>, { first, second, x, y }: SolveEdge): number =>
  Math.hypot(positions[second].x - positions[first].x - x, positions[second].y - positions[first].y - y)

/** A map from where the stage meant tiles to be to where they are: linear where enough tiles tell, else a shift. */
const modelOf = (nominal: ReadonlyArray<Point>, actual: ReadonlyArray<Point>): ((point: Point) => Point) => {
  const mean = (points: ReadonlyArray<Point>): Point => ({
    x: points.reduce((sum, { x }) => sum + x, 0) / points.length,
    y: points.reduce((sum, { y }) => sum + y, 0) / points.length,
  })
  const [from, to] = [mean(nominal), mean(actual)]
  let [xx, xy, yy, ax, ay, bx, by] = [0, 0, 0, 0, 0, 0, 0]
  for (const [index, point] of nominal.entries()) {
    const [u, v] = [point.x - from.x, point.y - from.y]
    const [p, q] = [actual[index].x - to.x - u, actual[index].y - to.y - v]
    xx += u * u
    xy += u * v
    yy += v * v
    ax += p * u
    ay += p * v
    bx += q * u
    by += q * v
  }
  const shifted = ({ x, y }: Point): Point => ({ x: x - from.x + to.x, y: y - from.y + to.y })
  if (nominal.length < 3) return shifted
  const determinant = xx * yy - xy * xy
  if (determinant > 1e-9 * (xx + yy) ** 2) {
    const [cx, cy] = [(ax * yy - ay * xy) / determinant, (ay * xx - ax * xy) / determinant]
    const [dx, dy] = [(bx * yy - by * xy) / determinant, (by * xx - bx * xy) / determinant]
    return (point) => {
      const [u, v] = [point.x - from.x, point.y - from.y]
      const { x, y } = shifted(point)
      return { x: x + cx * u + cy * v, y: y + dx * u + dy * v }
    }
  }
  // Tiles of one line tell of the way along it alone.
  const length = xx + yy
  const isX = xx >= yy
  const [stepX, stepY] = isX ? [ax / length, bx / length] : [ay / length, by / length]
  return (point) => {
    const along = isX ? point.x - from.x : point.y - from.y
    const { x, y } = shifted(point)
    return { x: x + stepX * along, y: y + stepY * along }
  }
}

/** Rounds of reweighting: the weights of edges that disagree have settled by then. */
const rounds = 16
/** Within how many pixels edges count as agreeing: in the first round, times what in each, and in the last ones. */
const [scaleFirstPx, scaleFactor, scaleLastPx] = [32, 0.7, 1]

/** Positions of tiles from good edges; edges that disagree with the others by more than `tolerance` pixels are left out. */
export const solve = (nominal: ReadonlyArray<Point>, edges: ReadonlyArray<SolveEdge>, tolerance: number): Solution => {
  const count = nominal.length
  let { positions } = treeOf(count, edges)
  for (let round = 0; round < rounds; round++) {
    // Geman and McClure's weights: an edge that is far off hardly counts. At first all count, so that the better edge of a tile
    // does not outvote two that agree (graduated non-convexity, Blake and Zisserman 1987).
    const scale = Math.max(scaleLastPx, scaleFirstPx * scaleFactor ** round)
    const weights = edges.map((edge) => 1 / (1 + (residualOf(positions, edge) / scale) ** 2) ** 2)
    positions = solved(positions, edges, weights)
  }
  let used = edges.map((edge) => residualOf(positions, edge) <= tolerance)
  let component: ReadonlyArray<number>
  for (;;) {
    const kept = edges.filter((_, index) => used[index])
    const tree = treeOf(count, kept)
    component = tree.component
    const equal = kept.map(() => 1)
    positions = solved(tree.positions, kept, equal)
    const residuals = edges.map((edge, index) => (used[index] ? residualOf(positions, edge) : 0))
    const worst = residuals.reduce((most, residual) => Math.max(most, residual), 0)
    if (worst <= tolerance) break
    // One that is far off pulls its neighbours along: the worst go, the others are asked again.
    used = used.map((isUsed, index) => isUsed && residuals[index] < Math.max(tolerance, 0.7 * worst))
  }
  const sizes = new Map<number, number>()
  for (const name of component) sizes.set(name, (sizes.get(name) ?? 0) + 1)
  // The largest component; of two, the one with the earlier tile.
  const [main] = [...sizes].sort(([a, sizeA], [b, sizeB]) => sizeB - sizeA || a - b)
  if (main === undefined || main[1] < 2) {
    return { positions: [...nominal], placed: nominal.map(() => "nominal"), used }
  }
  const members = (name: number): ReadonlyArray<number> =>
    component.flatMap((one, index) => (one === name ? [index] : []))
  const inMain = members(main[0])
  const model = modelOf(
    inMain.map((index) => nominal[index]),
    inMain.map((index) => positions[index]),
  )
  for (const name of sizes.keys()) {
    if (name === main[0]) continue
    const others = members(name)
    const moves = others.map((index) => {
      const { x, y } = model(nominal[index])
      return { x: x - positions[index].x, y: y - positions[index].y }
    })
    const moveX = moves.reduce((sum, { x }) => sum + x, 0) / moves.length
    const moveY = moves.reduce((sum, { y }) => sum + y, 0) / moves.length
    for (const index of others) positions[index] = { x: positions[index].x + moveX, y: positions[index].y + moveY }
  }
  return { positions, placed: component.map((name) => (name === main[0] ? "edges" : "model")), used }
}
