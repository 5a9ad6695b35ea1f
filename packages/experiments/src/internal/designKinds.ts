/**
 * Every kind of design with its builder: the predecessor's and our own. `custom_matrix` is none of them, for it needs the
 * text of a file besides the study.
 *
 * @layer logic
 * @module
 */
import type { DesignBuilder } from "../Design.ts"
import type { DesignKind } from "../Study.ts"
import { factorialBuilders } from "./classicBuilders.ts"
import { tableBuilders } from "./classicBuildersTables.ts"
import { blockBuilders, optimalBuilders, spaceFillingBuilders, squareBuilders } from "./combinatorialBuilders.ts"
import { responseSurfaceBuilders } from "./responseSurfaceBuilders.ts"
import { twoLevelBuilders } from "./twoLevelBuilders.ts"

/** Builder of each kind. */
export const designBuilders: Partial<Record<DesignKind, DesignBuilder>> = {
  ...factorialBuilders,
  ...tableBuilders,
  ...twoLevelBuilders,
  ...responseSurfaceBuilders,
  ...squareBuilders,
  ...blockBuilders,
  ...spaceFillingBuilders,
  ...optimalBuilders,
}
