import { describe, expect, it } from "vitest"
import { type DtypeArrays, dtypeOf, type OutputDtype } from "../src/Image.ts"
import { ImagingError } from "../src/ImagingError.ts"
import { signatures } from "../src/Kernels.ts"
import { haloPx } from "../src/Bands.ts"
import type { Parameters, ParameterSpec, Signature } from "../src/Signature.ts"
import { backends, wasm } from "./backends.ts"
import { calls, inputsOf, parametersOf } from "./kernelCalls.ts"

const callOf = ({ name }: Signature) => {
  const call = calls[name]
  if (call === undefined) throw new Error(`no call of ${name}`)
  return call
}

/** What a call refuses, as "tag: parameter or input: message"; other errors and results fail the test. */
const refusal = (work: () => unknown): { readonly of: string; readonly message: string } => {
  try {
    work()
  } catch (error) {
    if (!(error instanceof ImagingError)) throw error
    const { reason } = error
    const of =
      reason._tag === "InvalidParameter"
        ? reason.parameter
        : reason._tag === "InvalidImage"
          ? reason.input
          : reason._tag
    return { of, message: error.message }
  }
  return { of: "", message: "" }
}

/** Values that no parameter of a kind takes. */
const wrongValues = (spec: ParameterSpec): ReadonlyArray<unknown> => {
  switch (spec.kind) {
    case "integer":
    case "number":
      return [
        Number.NaN,
        Infinity,
        -Infinity,
        spec.minimum - 1 - Math.abs(spec.minimum),
        spec.maximum + 1 + Math.abs(spec.maximum),
        "3",
        null,
        1n,
        {},
        ...(spec.kind === "integer" ? [spec.minimum + 0.5] : []),
        ...(spec.above === true ? [spec.minimum] : []),
      ]
    case "choice":
      return ["no such choice", 3, null, ["a"]]
    case "boolean":
      return [0, "true", null]
    case "numbers":
      return [
        ...(spec.optional === true ? [] : [[]]),
        3,
        [Number.NaN],
        ["1"],
        [Infinity],
        [spec.maximum * 2 + 1],
        Array(spec.lengthMax + 1).fill(spec.minimum),
      ]
  }
}

const named = signatures.map((signature) => [signature.name, signature] as const)

describe("signatures", () => {
  it("every kernel has one name, a call, a source, and fallbacks that it takes itself", () => {
    expect(new Set(signatures.map(({ name }) => name)).size).toBe(signatures.length)
    expect(Object.keys(calls).sort()).toEqual(signatures.map(({ name }) => name).sort())
    for (const signature of signatures) {
      const { name, parameters, source, summary, tables } = signature
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/)
      expect(source.length, name).toBeGreaterThan(10)
      expect(summary.length, name).toBeGreaterThan(10)
      for (const [key, spec] of Object.entries<ParameterSpec>(parameters)) {
        expect(key, name).toMatch(/^[a-z][A-Za-z0-9]*$/)
        if (spec.kind === "integer" || spec.kind === "number") {
          expect(spec.minimum, `${name}.${key}`).toBeLessThanOrEqual(spec.maximum)
        }
        if (spec.kind === "choice" && spec.fallback !== undefined) expect(spec.choices).toContain(spec.fallback)
      }
      for (const { columns } of tables) {
        expect(new Set(columns.map((column) => column.name)).size, name).toBe(columns.length)
      }
      // Plain data: it can be sent, stored and hashed.
      expect(JSON.parse(JSON.stringify(signature)), name).toEqual(signature)
      // As a pipeline file gives them: checked by the kernel.
      expect(haloPx(signature, parametersOf(signature) as Parameters<Signature>), name).not.toBe(Number.NaN)
    }
  })
})

describe.each(named)("%s", (_name, signature) => {
  const call = callOf(signature)
  const width = 12
  const height = 10

  it.each(backends)("works on what its signature asks for, on %s, and changes no input", (_backend, backend) => {
    const inputs = inputsOf(signature, width, height, 1)
    const before = inputs.map(({ data }) => Array.from(data))
    call(inputs, parametersOf(signature), backend)
    expect(inputs.map(({ data }) => Array.from(data))).toEqual(before)
    expect(wasm.heldBytes()).toBe(0)
  })

  it.each(backends)("refuses each parameter out of its range or kind by its name, on %s", (_backend, backend) => {
    const inputs = inputsOf(signature, width, height, 1)
    for (const [name, spec] of Object.entries<ParameterSpec>(signature.parameters)) {
      for (const value of wrongValues(spec)) {
        const { message, of } = refusal(() => call(inputs, { ...parametersOf(signature), [name]: value }, backend))
        expect(of.startsWith(name), `${name} = ${String(value)}: ${message}`).toBe(true)
      }
    }
    expect(refusal(() => call(inputs, { ...parametersOf(signature), unheardOf: 1 }, backend)).of).toBe("unheardOf")
    expect(wasm.heldBytes()).toBe(0)
  })

  it.each(backends)("refuses pictures that are none by the name of the input, on %s", (_backend, backend) => {
    const good = inputsOf(signature, width, height, 1)
    for (const [index, spec] of signature.inputs.entries()) {
      const image = good[index]
      if (image === undefined) throw new Error("no input")
      const transferred = image.data.slice()
      structuredClone(transferred.buffer, { transfer: [transferred.buffer] })
      const wrong: ReadonlyArray<{ readonly [name: string]: unknown }> = [
        { ...image, data: image.data.subarray(1) },
        { ...image, data: image.data.subarray(0, 0) },
        { ...image, data: transferred },
        { ...image, width: 0 },
        { ...image, width: -width },
        { ...image, height: Number.NaN },
        { ...image, width: 65_536 },
        { ...image, height: 1.5 },
        { ...image, data: new Float64Array(image.data.length) },
        { ...image, data: Array.from(image.data) },
        { ...image, data: new Int16Array(image.data.length) },
        {},
        ...(spec.dtypes.includes("float32") && !movesOnly.has(signature.name)
          ? [Number.NaN, Infinity, -Infinity].map((value) => {
              const data = new Float32Array(image.data.length)
              data[data.length - 1] = value
              return { ...image, data }
            })
          : []),
      ]
      for (const one of wrong) {
        const inputs = good.map((input, at) => (at === index ? one : input))
        const { message, of } = refusal(() => call(inputs, parametersOf(signature), backend))
        expect(of.split(".")[0], `${spec.name}: ${message}`).toBe(spec.name)
      }
    }
    expect(wasm.heldBytes()).toBe(0)
  })

  it("gives the same on both backends, or the same refusal, for one pixel, lines, and the widest picture", () => {
    for (const [w, h] of [
      [1, 1],
      [1, 9],
      [9, 1],
      [2, 2],
      [3, 65],
      [65_535, 2],
    ] as const) {
      // The widest is for kernels that take no more than a moment for a row.
      if (w === 65_535 && slow.has(signature.name)) continue
      for (const dtype of ["uint8", "uint16", "float32"] as const) {
        if (w === 65_535 && dtype !== "uint16") continue
        const inputs = inputsOf(signature, w, h, 3, dtype)
        const results = backends.map(([, backend]) => {
          try {
            return call(inputs, parametersOf(signature), backend)
          } catch (error) {
            if (!(error instanceof ImagingError)) throw error
            return error.message
          }
        })
        expect(difference(results[1], results[0]), `${w} x ${h} ${dtype}`).toBe("")
      }
    }
    expect(wasm.heldBytes()).toBe(0)
  })
})

/** Registration of tiles looks at thousands of strips; its own tests have its sizes. */
const slow = new Set(["register_tiles", "estimate_flat_field"])

/** Kernels whose result has the size of their first input, with each of its types. */
const overlaid = signatures.flatMap((signature) => {
  const { inputs, name, output } = signature
  if (output === undefined || output.size.rule !== "same" || slow.has(name)) return []
  return (inputs[0]?.dtypes ?? []).map((dtype) => [`${name} of ${dtype}`, signature, dtype] as const)
})

/** The parameters of a kernel, and the same with each choice and each answer once; those that are then refused are left out. */
const variantsOf = (signature: Signature): ReadonlyArray<Record<string, unknown>> => [
  parametersOf(signature),
  ...Object.entries(signature.parameters).flatMap(([name, spec]: [string, ParameterSpec]) =>
    (spec.kind === "choice" ? spec.choices : spec.kind === "boolean" ? [true, false] : []).map((value) => ({
      ...parametersOf(signature),
      [name]: value,
    })),
  ),
]

const pixelsOf = (result: unknown): ReadonlyArray<number> => {
  const found: unknown = Reflect.get(Object(result), "data") ?? Reflect.get(Object(result), "labels")
  const data: unknown = ArrayBuffer.isView(found) ? found : Reflect.get(Object(found), "data")
  return isNumbers(data) ? Array.from(data) : []
}

/** Two arrays on one piece of memory, the second so many bytes behind the first, or before it. */
const overlapping = (
  bytes: Uint8Array,
  one: { readonly dtype: OutputDtype; readonly length: number },
  other: { readonly dtype: OutputDtype; readonly length: number },
  shift: number,
) => {
  const at = (dtype: OutputDtype, length: number, offset: number) =>
    views[dtype](bytes.buffer, bytes.byteOffset + offset, length)
  return [at(one.dtype, one.length, Math.max(0, -shift)), at(other.dtype, other.length, Math.max(0, shift))] as const
}

const views: {
  readonly [D in OutputDtype]: (buffer: ArrayBufferLike, offset: number, length: number) => DtypeArrays[D]
} = {
  uint8: (buffer, offset, length) => new Uint8Array(buffer, offset, length),
  uint16: (buffer, offset, length) => new Uint16Array(buffer, offset, length),
  float32: (buffer, offset, length) => new Float32Array(buffer, offset, length),
  uint32: (buffer, offset, length) => new Uint32Array(buffer, offset, length),
}

describe.each(overlaid)("%s", (_name, signature, dtype) => {
  it.each(backends)("may be written over any of its inputs, wholly or in part, on %s", (backendName, backend) => {
    const call = callOf(signature)
    const [width, height] = [23, 17]
    const inputs = inputsOf(signature, width, height, 5, dtype)
    const [first] = inputs
    if (first === undefined || signature.output === undefined) throw new Error("no input, or nothing comes out")
    const size = width * height * (signature.output.axes === signature.inputs[0]?.axes ? first.planes : 1)
    const result = signature.output.dtype === "input" ? dtype : signature.output.dtype
    for (const parameters of variantsOf(signature)) {
      let expected: ReadonlyArray<number>
      try {
        expected = pixelsOf(call(inputs, parameters, backend))
      } catch (error) {
        // A choice that asks for another parameter.
        if (error instanceof ImagingError) continue
        throw error
      }
      for (const [index, input] of inputs.entries()) {
        const own = dtypeOf(input.data)
        // Four bytes is a step that every type can take.
        for (const shift of [0, 4, -4, 4 * width, -4 * width]) {
          const bytes = Math.max(input.data.byteLength, size * 4) + 4 * width
          const memory = backendName === "wasm" ? wasm.allocate("uint8", bytes) : new Uint8Array(bytes)
          const [data, into] = overlapping(
            memory,
            { dtype: own, length: input.data.length },
            { dtype: result, length: size },
            shift,
          )
          data.set(input.data)
          const shared = inputs.map((one, place) => (place === index ? { ...one, data } : one))
          const pixels = pixelsOf(call(shared, parameters, backend, into))
          const place = `input ${index}, ${shift} bytes, ${JSON.stringify(parameters)}`
          expect([pixels.length, difference(pixels, expected, 0)], place).toEqual([expected.length, ""])
          if (backendName === "wasm") wasm.release(memory)
        }
      }
    }
    expect(wasm.heldBytes()).toBe(0)
  })
})

/** Pixels are moved and not computed with: any value may be among them. */
const movesOnly = new Set(["crop"])

type Numbers = Uint8Array | Uint16Array | Uint32Array | Int32Array | Float32Array | Float64Array

const isNumbers = (value: unknown): value is Numbers => ArrayBuffer.isView(value) && !(value instanceof DataView)

/**
 * Where two results differ, and in what; nothing where they are the same: whole numbers equal, floats within what single
 * precision loses. One assertion for a result, since one for each of its numbers takes longer than the kernels do.
 */
const difference = (left: unknown, right: unknown, lost = 1e-5): string => {
  if (isNumbers(left) && isNumbers(right)) {
    if (left.constructor !== right.constructor || left.length !== right.length) {
      return `: ${left.constructor.name} of ${left.length} is not ${right.constructor.name} of ${right.length}`
    }
    const allowed = left instanceof Float32Array || left instanceof Float64Array ? lost : 0
    for (const [index, value] of right.entries()) {
      if (!isClose(left[index], value, allowed)) return ` at ${index}: ${left[index]} is not ${value}`
    }
    return ""
  }
  if (typeof left === "number" && typeof right === "number") {
    return isClose(left, right, lost) ? "" : `: ${left} is not ${right}`
  }
  if (typeof left !== "object" || left === null || typeof right !== "object" || right === null) {
    return Object.is(left, right) ? "" : `: ${String(left)} is not ${String(right)}`
  }
  const keys = Object.keys(left)
  const others = Object.keys(right)
  if (keys.length !== others.length || keys.some((key, index) => key !== others[index])) {
    return `: ${keys.length} keys, ${keys.slice(0, 9)}, are not ${others.length}, ${others.slice(0, 9)}`
  }
  for (const key of keys) {
    const found = difference(Reflect.get(left, key), Reflect.get(right, key), lost)
    if (found !== "") return `.${key}${found}`
  }
  return ""
}

const isClose = (left: number | undefined, right: number, lost: number): boolean =>
  Object.is(left, right) || (lost > 0 && Math.abs(right - (left ?? Number.NaN)) <= lost * Math.max(1, Math.abs(right)))
