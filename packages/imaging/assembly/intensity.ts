/**
 * The intensity kernels, compiled to WebAssembly with SIMD. Pointers come from the caller, who has checked all sizes;
 * nothing is allocated here.
 */

/** The largest value of each pixel over planes of `size` pixels behind each other. */
export function maximumU8(source: usize, out: usize, size: u32, planes: u32): void {
  let index: u32 = 0
  for (; index + 16 <= size; index += 16) {
    let largest = v128.load(source + index)
    for (let plane: u32 = 1; plane < planes; plane++) {
      largest = i8x16.max_u(largest, v128.load(source + (<usize>plane * size + index)))
    }
    v128.store(out + index, largest)
  }
  for (; index < size; index++) {
    let largest = load<u8>(source + index)
    for (let plane: u32 = 1; plane < planes; plane++) {
      const value = load<u8>(source + (<usize>plane * size + index))
      if (value > largest) largest = value
    }
    store<u8>(out + index, largest)
  }
}

/** As {@link maximumU8}, of 16 bits. */
export function maximumU16(source: usize, out: usize, size: u32, planes: u32): void {
  let index: u32 = 0
  for (; index + 8 <= size; index += 8) {
    let largest = v128.load(source + ((<usize>index) << 1))
    for (let plane: u32 = 1; plane < planes; plane++) {
      largest = i16x8.max_u(largest, v128.load(source + ((<usize>plane * size + index) << 1)))
    }
    v128.store(out + ((<usize>index) << 1), largest)
  }
  for (; index < size; index++) {
    let largest = load<u16>(source + ((<usize>index) << 1))
    for (let plane: u32 = 1; plane < planes; plane++) {
      const value = load<u16>(source + ((<usize>plane * size + index) << 1))
      if (value > largest) largest = value
    }
    store<u16>(out + ((<usize>index) << 1), largest)
  }
}

/** As {@link maximumU8}, of floats, all of them finite. */
export function maximumF32(source: usize, out: usize, size: u32, planes: u32): void {
  let index: u32 = 0
  for (; index + 4 <= size; index += 4) {
    let largest = v128.load(source + ((<usize>index) << 2))
    for (let plane: u32 = 1; plane < planes; plane++) {
      largest = f32x4.pmax(largest, v128.load(source + ((<usize>plane * size + index) << 2)))
    }
    v128.store(out + ((<usize>index) << 2), largest)
  }
  for (; index < size; index++) {
    let largest = load<f32>(source + ((<usize>index) << 2))
    for (let plane: u32 = 1; plane < planes; plane++) {
      const value = load<f32>(source + ((<usize>plane * size + index) << 2))
      if (value > largest) largest = value
    }
    store<f32>(out + ((<usize>index) << 2), largest)
  }
}

export * from "./intensity/counts"
export * from "./intensity/planes"
export * from "./intensity/bins"
export * from "./intensity/local"
export * from "./intensity/focus"
