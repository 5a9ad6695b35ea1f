/**
 * Written by build/skeletonLogic.ts: tables of neighbourhoods as logic on the bits of 128 pixels. What is set in the result
 * says nothing about pixels that are themselves unset.
 */

/** Pixels that the first sub-iteration of Zhang's method removes. 37 nodes. */
// @inline
export function zhangFirst(
  nw: v128,
  n: v128,
  ne: v128,
  e: v128,
  se: v128,
  s: v128,
  sw: v128,
  w: v128,
): v128 {
  const t2 = v128.not(w)
  const t3 = w
  const t4 = v128.andnot(t2, nw)
  const t5 = v128.and(t3, nw)
  const t6 = v128.or(t3, v128.not(nw))
  const t7 = v128.or(t3, nw)
  const t8 = v128.or(t2, nw)
  const t9 = v128.and(t4, ne)
  const t10 = v128.andnot(t3, ne)
  const t11 = v128.andnot(t4, ne)
  const t12 = v128.andnot(t5, ne)
  const t13 = v128.andnot(t6, ne)
  const t14 = v128.or(t7, ne)
  const t15 = v128.bitselect(t8, t2, ne)
  const t16 = v128.and(t5, ne)
  const t17 = v128.and(t8, ne)
  const t18 = v128.and(t9, e)
  const t19 = v128.bitselect(t11, t10, e)
  const t20 = v128.andnot(t12, e)
  const t21 = v128.bitselect(t4, t13, e)
  const t22 = v128.bitselect(t15, t14, e)
  const t23 = v128.bitselect(t16, t3, e)
  const t24 = v128.andnot(t5, e)
  const t25 = v128.and(t17, e)
  const t26 = v128.bitselect(t19, t18, s)
  const t27 = v128.and(t21, s)
  const t28 = v128.andnot(t22, s)
  const t29 = v128.bitselect(t24, t23, s)
  const t30 = v128.andnot(t25, s)
  const t31 = v128.and(t20, s)
  const t32 = v128.bitselect(t20, t26, sw)
  const t33 = v128.bitselect(t27, t18, sw)
  const t34 = v128.bitselect(t29, t28, sw)
  const t35 = v128.bitselect(t31, t30, sw)
  const t36 = v128.bitselect(t33, t32, se)
  const t37 = v128.bitselect(t35, t34, se)
  const t38 = v128.bitselect(t37, t36, n)
  return t38
}

/** Pixels that the second sub-iteration of Zhang's method removes. 35 nodes. */
// @inline
export function zhangSecond(
  nw: v128,
  n: v128,
  ne: v128,
  e: v128,
  se: v128,
  s: v128,
  sw: v128,
  w: v128,
): v128 {
  const t2 = v128.not(nw)
  const t3 = nw
  const t4 = v128.and(t2, s)
  const t5 = s
  const t6 = v128.andnot(t2, s)
  const t7 = v128.andnot(t3, s)
  const t8 = v128.and(t4, e)
  const t9 = v128.and(t2, e)
  const t10 = v128.andnot(t4, e)
  const t11 = v128.not(e)
  const t12 = v128.and(t6, e)
  const t13 = v128.andnot(t6, e)
  const t14 = v128.andnot(t7, e)
  const t15 = e
  const t16 = v128.bitselect(t9, t8, se)
  const t17 = v128.bitselect(t5, t11, se)
  const t18 = v128.and(t9, se)
  const t19 = v128.and(t8, se)
  const t20 = v128.andnot(t13, se)
  const t21 = v128.andnot(t14, se)
  const t22 = v128.bitselect(t15, t7, se)
  const t23 = v128.bitselect(t4, t16, sw)
  const t24 = v128.bitselect(t17, t10, sw)
  const t25 = v128.bitselect(t8, t18, sw)
  const t26 = v128.and(t19, sw)
  const t27 = v128.andnot(t12, sw)
  const t28 = v128.bitselect(t21, t20, sw)
  const t29 = v128.bitselect(t19, t22, sw)
  const t30 = v128.bitselect(t24, t23, w)
  const t31 = v128.bitselect(t26, t25, w)
  const t32 = v128.bitselect(t28, t27, w)
  const t33 = v128.bitselect(t21, t29, w)
  const t34 = v128.bitselect(t31, t30, ne)
  const t35 = v128.bitselect(t33, t32, ne)
  const t36 = v128.bitselect(t35, t34, n)
  return t36
}

/** Candidates of Lee's method on a plane at borders to the north. 19 nodes. */
// @inline
export function leeNorth(
  nw: v128,
  n: v128,
  ne: v128,
  e: v128,
  se: v128,
  s: v128,
  sw: v128,
  w: v128,
): v128 {
  const t2 = nw
  const t3 = v128.not(nw)
  const t4 = v128.or(t2, sw)
  const t5 = v128.and(t3, sw)
  const t6 = v128.andnot(t3, sw)
  const t7 = v128.and(t4, w)
  const t8 = v128.or(t5, w)
  const t9 = v128.or(t3, w)
  const t10 = v128.andnot(t6, w)
  const t11 = v128.andnot(t7, se)
  const t12 = v128.bitselect(t9, t8, se)
  const t13 = v128.and(t10, se)
  const t14 = v128.andnot(t11, ne)
  const t15 = v128.andnot(t12, ne)
  const t16 = v128.bitselect(t10, t13, ne)
  const t17 = v128.bitselect(t15, t14, s)
  const t18 = v128.bitselect(t9, t16, s)
  const t19 = v128.bitselect(t18, t17, e)
  const t20 = v128.andnot(t19, n)
  return t20
}

/** 1 where the middle of three rows of three bits, the upper row lowest, may go without cutting anything. */
export const simpleRows: usize = memory.data<u8>([
  1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1,
  1, 1, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 0, 0, 1, 1,
  1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1,
  1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1,
  1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1,
  1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1,
  1, 0, 1, 1, 1, 0, 1, 1, 0, 0, 1, 1, 0, 0, 1, 1,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1,
  0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 1, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1,
  1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1,
  1, 0, 0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 0, 0, 1, 1,
  1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
  1, 0, 1, 1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
])

/** Per place of 27 the other places that touch it, the middle left out. */
export const voxelNeighbours: usize = memory.data<u32>([
  5658, 24125, 19506, 104147, 253935, 216470, 102552, 250232, 213168, 7083035, 16538175, 14173238, 57509595, 134209535, 115019190, 56692952,
  132305400, 113328560, 6821376, 16014848, 13126656, 55416320, 130014720, 106646528, 39948288, 98816000, 46350336,
])

/** Places of the voxels that share a part of the middle's surface: 8 corners, 6 faces, 12 edges. */
export const voxelParts: usize = memory.data<u32>([
  5659, 19510, 102616, 213424, 7083520, 14175232, 56725504, 113459200, 16, 1024, 4096, 16384, 65536, 4194304, 1042, 4120,
  16432, 65680, 5632, 19456, 102400, 212992, 4719616, 6295552, 12599296, 37814272,
])
