import { describe, expect, it } from "vitest"
import { checkParameters } from "../src/internal/check.ts"
import { ImagingError } from "../src/ImagingError.ts"
import { signatures } from "../src/Kernels.ts"
import type { Parameters, ParameterSpec, Signature } from "../src/Signature.ts"
import { parametersOf } from "./kernelCalls.ts"
import { refused } from "./refused.ts"

const specsOf = ({ parameters }: Signature): Readonly<Record<string, ParameterSpec>> => parameters

/** Each parameter that is read only beside some values of another one. */
const conditional = signatures.flatMap((signature) =>
  Object.entries(specsOf(signature)).flatMap(([name, spec]) =>
    spec.onlyWhen === undefined ? [] : [[`${signature.name}.${name}`, { signature, name, spec, ...spec.onlyWhen }]],
  ),
) as ReadonlyArray<
  readonly [
    string,
    {
      readonly signature: Signature
      readonly name: string
      readonly spec: ParameterSpec
      readonly parameter: string
      readonly is: ReadonlyArray<string | boolean>
    },
  ]
>

/** All values of a choice or of a truth. */
const valuesOf = (spec: ParameterSpec | undefined): ReadonlyArray<string | boolean> =>
  spec?.kind === "choice" ? spec.choices : spec?.kind === "boolean" ? [false, true] : []

/** As a caller without types gives them. */
const check = (signature: Signature, given: object): unknown =>
  checkParameters(signature, given as Parameters<Signature>)

/** A value that the parameter takes. */
const goodValue = (spec: ParameterSpec): unknown =>
  spec.fallback ?? (spec.kind === "choice" ? spec.choices[0] : spec.kind === "boolean" ? true : 1)

describe("parameters that are read only beside a choice", () => {
  it("are these", () => {
    expect(conditional.map(([name]) => name).sort()).toEqual([
      "assemble_tiles.marginRatio",
      "best_focus.windowPx",
      "colocalization.thresholdA",
      "colocalization.thresholdB",
      "count_cells.peakDistancePx",
      "count_cells.thresholdFraction",
      "count_cells.thresholdValue",
      "phase_correlation.filterSigmaPx",
    ])
  })

  it.each(conditional)("%s names a choice or a truth of its kernel, and values of it, not all of them", (_, one) => {
    const values = valuesOf(specsOf(one.signature)[one.parameter])
    expect(values.length).toBeGreaterThan(1)
    expect(values).toEqual(expect.arrayContaining([...one.is]))
    expect(one.is.length).toBeGreaterThan(0)
    expect(one.is.length).toBeLessThan(values.length)
    expect(one.spec.fallback !== undefined || one.spec.optional === true).toBe(true)
  })

  it.each(conditional)("%s is taken where it is read, and refused where it is not, with what turns it on", (_, one) => {
    const { is, name, parameter, signature, spec } = one
    for (const value of valuesOf(specsOf(signature)[parameter])) {
      const given = { ...parametersOf(signature), [parameter]: value, [name]: goodValue(spec) }
      if (is.includes(value)) {
        expect(check(signature, given)).toMatchObject(given)
        continue
      }
      const turnsOn = JSON.stringify(is[0])
      expect(refused(() => check(signature, given))).toContain(
        `${signature.name}: ${name} must be left out: it is read only where ${parameter} is ${turnsOn}`,
      )
      try {
        check(signature, given)
      } catch (error) {
        expect(error instanceof ImagingError ? error.hints : []).toContain(`{ ${parameter}: ${turnsOn} } has it read`)
      }
      // Undefined is left out.
      expect(() => check(signature, { ...given, [name]: undefined })).not.toThrow()
    }
  })
})
