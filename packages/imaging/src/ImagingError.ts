/**
 * What kernels refuse, and why: always before any work, with the parameter, its range and what was given.
 *
 * @layer contract
 * @module
 */

/**
 * Why it failed.
 *
 * - `InvalidParameter`: a parameter is missing, of the wrong type, out of its range, or unknown.
 * - `InvalidImage`: sizes and pixels do not fit, the type is not taken, pixels are not finite, or the array is detached.
 * - `TooLarge`: the machine or the memory given has not enough room.
 * - `BackendUnavailable`: WebAssembly with SIMD and shared memory cannot be had here.
 *
 * @category models
 */
export type Reason =
  | {
      readonly _tag: "InvalidParameter"
      readonly parameter: string
      readonly expected: string
      readonly actual: string
    }
  | { readonly _tag: "InvalidImage"; readonly input: string; readonly expected: string; readonly actual: string }
  | {
      readonly _tag: "TooLarge"
      readonly neededBytes: number
      /** Where the limit is that of a compiled backend's memory: what this thread holds of it besides. */
      readonly heldBytes?: number
      /** All threads together. */
      readonly limitBytes: number
    }
  | { readonly _tag: "BackendUnavailable"; readonly cause: string }

/** A kernel's refusal. `exitCode` is that of invalid input (2), or 1 where the machine lacks something. @category errors */
export class ImagingError extends Error {
  readonly _tag = "ImagingError"
  readonly kernel: string
  readonly reason: Reason
  readonly hints: ReadonlyArray<string>
  readonly exitCode: number

  constructor(kernel: string, reason: Reason, hints: ReadonlyArray<string> = []) {
    super(messageOf(kernel, reason))
    this.name = "ImagingError"
    this.kernel = kernel
    this.reason = reason
    this.hints = hints
    this.exitCode = reason._tag === "InvalidParameter" || reason._tag === "InvalidImage" ? 2 : 1
  }
}

const messageOf = (kernel: string, reason: Reason): string => {
  switch (reason._tag) {
    case "InvalidParameter":
      return `${kernel}: ${reason.parameter} must be ${reason.expected}, not ${reason.actual}`
    case "InvalidImage":
      return `${kernel}: ${reason.input} must be ${reason.expected}, not ${reason.actual}`
    case "TooLarge":
      return reason.heldBytes === undefined
        ? `${kernel}: needs ${reason.neededBytes} bytes of working memory; ${reason.limitBytes} may be had`
        : `${kernel}: needs ${reason.neededBytes} bytes of working memory more; this thread holds ${reason.heldBytes} of the ${reason.limitBytes} that all threads share`
    case "BackendUnavailable":
      return `${kernel}: WebAssembly cannot be used here: ${reason.cause}`
  }
}

/** A value as a short text for messages, whatever it is. */
export const shown = (value: unknown): string => {
  if (typeof value === "string") return JSON.stringify(value.slice(0, 60))
  if (typeof value === "number" || typeof value === "boolean" || value === undefined || value === null) {
    return String(value)
  }
  if (typeof value === "bigint") return `${value}n`
  if (ArrayBuffer.isView(value)) return `a ${value.constructor.name} of ${value.byteLength} bytes`
  if (Array.isArray(value)) return `a list of ${value.length}`
  return typeof value === "object" ? "an object" : `a ${typeof value}`
}
