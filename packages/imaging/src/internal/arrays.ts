/**
 * New typed arrays of the class that another one has.
 *
 * @layer logic
 * @module
 */
import { allocate, dtypeOf, type Pixels } from "../Image.ts"

/** A new array of the same type, all zero. */
export const likeOf = <P extends Pixels | Uint32Array>(data: P, length: number): P =>
  // `dtypeOf` names the class of `data`, and `allocate` makes that class.
  allocate(dtypeOf(data), length) as P
