/**
 * Rounding as NumPy does it, and as processors do it for vectors.
 *
 * @layer logic
 * @module
 */

/** The nearest whole number, of two equally near ones the even. */
export const halfToEven = (value: number): number => {
  const floor = Math.floor(value)
  const rest = value - floor
  if (rest !== 0.5) return rest > 0.5 ? floor + 1 : floor
  return floor % 2 === 0 ? floor : floor + 1
}
