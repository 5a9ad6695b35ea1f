import { describe, expect, it } from "vitest"
import { signatures } from "../src/Kernels.ts"
import type { Signature } from "../src/Signature.ts"
import { backends } from "./backends.ts"
import { calls, inputsOf, parametersOf } from "./kernelCalls.ts"

const all: ReadonlyArray<Signature> = signatures

const optionalOf = ({ inputs }: Signature): ReadonlyArray<string> =>
  inputs.filter(({ optional }) => optional === true).map(({ name }) => name)

const isOptional = (signature: Signature, at: number): boolean => signature.inputs[at]?.optional === true

const run = (signature: Signature, inputs: ReadonlyArray<object | undefined>, backend: (typeof backends)[0][1]) =>
  calls[signature.name]?.(inputs, parametersOf(signature), backend)

describe("inputs that may be left out", () => {
  it("are these", () => {
    expect(
      all.flatMap((signature) => {
        const names = optionalOf(signature)
        return names.length === 0 ? [] : [`${signature.name}: ${names.join(", ")}`]
      }),
    ).toEqual([
      "colocalization: mask",
      "flat_field_correct: dark",
      "estimate_flat_field: dark",
      "local_maxima: labels",
      "region_properties: image",
      "watershed: mask",
    ])
  })

  describe.each(backends)("on %s", (_name, backend) => {
    it.each(all.filter((signature) => optionalOf(signature).length > 0).map((one) => [one.name, one] as const))(
      "%s works with them and without them",
      (_kernel, signature) => {
        const inputs = inputsOf(signature, 12, 10, 1)
        const without = inputs.map((input, at) => (isOptional(signature, at) ? undefined : input))
        expect(run(signature, inputs, backend)).toBeDefined()
        expect(run(signature, without, backend)).toBeDefined()
      },
    )

    it("no other input may", () => {
      for (const signature of all) {
        const inputs = inputsOf(signature, 12, 10, 1)
        for (const at of inputs.keys()) {
          if (isOptional(signature, at)) continue
          const without = inputs.map((input, index) => (index === at ? undefined : input))
          expect(() => run(signature, without, backend), `${signature.name} ${at}`).toThrow()
        }
      }
    })
  })
})
