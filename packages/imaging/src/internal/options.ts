/**
 * The check of how a kernel is run: a backend that is none, or an option that does not exist, would be left out in silence.
 *
 * @layer logic
 * @module
 */
import { type Backend, type RunOptions, typescript } from "../Backend.ts"
import { ImagingError, shown } from "../ImagingError.ts"

const usual: ReadonlyArray<string> = ["backend", "into"]

const isBackend = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "intensity" in value && "registration" in value

const hintsOf = (backend: unknown): ReadonlyArray<string> =>
  backend instanceof Promise
    ? ["await it: { backend: await load() }"]
    : typeof backend === "object" && backend !== null && "memory" in backend
      ? ["a share is attached first: { backend: await attach(share) }"]
      : []

/** The backend, and the place for the result if one is given; refuses options that are not known. */
export const checkOptions = <P>(
  kernel: string,
  options: RunOptions<P>,
  known: ReadonlyArray<string> = usual,
): { readonly backend: Backend; readonly into: P | undefined } => {
  const refuse = (parameter: string, expected: string, actual: unknown, hints: ReadonlyArray<string> = []) =>
    new ImagingError(kernel, { _tag: "InvalidParameter", parameter, expected, actual: shown(actual) }, hints)
  const given: unknown = options
  const expected = `{ ${known.join(", ")} }`
  if (typeof given !== "object" || given === null) throw refuse("options", expected, given)
  if (isBackend(given) || given instanceof Promise) {
    throw refuse("options", expected, given, ["a backend is given as { backend }"])
  }
  for (const [name, value] of Object.entries(given)) {
    if (known.includes(name)) continue
    throw refuse(`options.${name}`, "left out: it is no option", value, [`options: ${known.join(", ")}`])
  }
  const { backend = typescript, into } = options
  if (!isBackend(backend)) throw refuse("options.backend", "a backend", backend, hintsOf(backend))
  return { backend, into }
}
