/**
 * Builders of squares, crossovers, blocked, space-filling and optimal designs by kind.
 *
 * @layer logic
 * @module
 */
export { blockBuilders } from "./blockBuilders.ts"
export { optimalBuilders } from "./optimalBuilders.ts"
export { spaceFillingBuilders } from "./spaceFillingBuilders.ts"
export { squareBuilders } from "./squareBuilders.ts"
