/**
 * From offsets between tiles to positions: a spanning tree of the best edges, least squares over all that agree with one
 * another, and for tiles that no good edge reaches the stage's own grid, laid on the others and made right where many edges agree.
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

/**
 * How a tile's position came about: by edges to the most tiles; by the model of the stage, beside those tiles; or as it was meant,
 * where no edge is good.
 */
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

/** The fewest edges of a direction that tell how long its steps are, and how many standard errors the steps must then be off. */
const [tellingEdges, tellingErrors] = [4, 5]

/**
 * Whether so many edges say together that the steps of the stage are not those that were meant. The errors of single tiles,
 * carried on as if they were steps, would put far tiles further off than the stage does.
 */
const isTold = (shifts: ReadonlyArray<number>): boolean => {
  const count = shifts.length
  if (count < tellingEdges) return false
  const mean = shifts.reduce((sum, shift) => sum + shift, 0) / count
  const variance = shifts.reduce((sum, shift) => sum + (shift - mean) ** 2, 0) / (count - 1)
  return mean * mean * count > tellingErrors ** 2 * variance
}

/**
 * A map from where the stage meant tiles to be to where they are: a shift, and for each direction and coordinate that enough edges
 * tell of a linear term (rotation, scale, shear).
 */
const modelOf = (
  nominal: ReadonlyArray<Point>,
  actual: ReadonlyArray<Point>,
  members: ReadonlyArray<number>,
  edges: ReadonlyArray<SolveEdge>,
): ((point: Point) => Point) => {
  const mean = (points: ReadonlyArray<Point>): Point => ({
    x: members.reduce((sum, index) => sum + points[index].x, 0) / members.length,
    y: members.reduce((sum, index) => sum + points[index].y, 0) / members.length,
  })
  const [from, to] = [mean(nominal), mean(actual)]
  let [xx, xy, yy, ax, ay, bx, by] = [0, 0, 0, 0, 0, 0, 0]
  for (const index of members) {
    const [u, v] = [nominal[index].x - from.x, nominal[index].y - from.y]
    const [p, q] = [actual[index].x - to.x - u, actual[index].y - to.y - v]
    xx += u * u
    xy += u * v
    yy += v * v
    ax += p * u
    ay += p * v
    bx += q * u
    by += q * v
  }
  const isMember = new Set(members)
  const told = (isAcross: boolean, of: (edge: SolveEdge) => number): boolean =>
    isTold(
      edges
        .filter(({ first, second }) => isMember.has(first) && (nominal[second].x !== nominal[first].x) === isAcross)
        .map(of),
    )
  const shiftX = ({ first, second, x }: SolveEdge): number => x - (nominal[second].x - nominal[first].x)
  const shiftY = ({ first, second, y }: SolveEdge): number => y - (nominal[second].y - nominal[first].y)
  /** How much a coordinate changes along x and along y; what is not told of stays as it was meant. */
  const slopes = (alongX: number, alongY: number, shift: (edge: SolveEdge) => number): readonly [number, number] => {
    const [isX, isY] = [told(true, shift), told(false, shift)]
    const determinant = xx * yy - xy * xy
    if (isX && isY && determinant > 1e-9 * (xx + yy) ** 2) {
      return [(alongX * yy - alongY * xy) / determinant, (alongY * xx - alongX * xy) / determinant]
    }
    return [isX ? alongX / xx : 0, isY ? alongY / yy : 0]
  }
  const [cx, cy] = slopes(ax, ay, shiftX)
  const [dx, dy] = slopes(bx, by, shiftY)
  return (point) => {
    const [u, v] = [point.x - from.x, point.y - from.y]
    return { x: to.x + u + cx * u + cy * v, y: to.y + v + dx * u + dy * v }
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
  const groups = new Map<number, Array<number>>()
  for (const [index, name] of component.entries()) {
    const group = groups.get(name)
    if (group === undefined) groups.set(name, [index])
    else group.push(index)
  }
  // The largest component; of two, the one with the earlier tile.
  const [main] = [...groups].sort(([a, one], [b, other]) => other.length - one.length || a - b)
  if (main === undefined || main[1].length < 2) {
    return { positions: [...nominal], placed: nominal.map(() => "nominal"), used }
  }
  const model = modelOf(
    nominal,
    positions,
    main[1],
    edges.filter((_, index) => used[index]),
  )
  for (const [name, others] of groups) {
    if (name === main[0]) continue
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
