/**
 * Every kind of design with its builder: the predecessor's and our own.
 *
 * @layer logic
 * @module
 */
import type { DesignBuilder } from "../Design.ts"
import type { DesignKind } from "../Study.ts"
import { factorialBuilders } from "./classicBuilders.ts"
import { tableBuilders } from "./classicBuildersTables.ts"

/** Builder of each kind. */
export const designBuilders: Partial<Record<DesignKind, DesignBuilder>> = {
  ...factorialBuilders,
  ...tableBuilders,
}
