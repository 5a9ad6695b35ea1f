/**
 * Garbage collection on demand, for probes of memory, without a flag on the command line.
 *
 * @layer adapter
 * @module
 */
import { setFlagsFromString } from "node:v8"
import { runInNewContext } from "node:vm"

setFlagsFromString("--expose-gc")
const collect: unknown = runInNewContext("gc")

/** Collects everything that can be collected, now. */
export const collectGarbage = (): void => {
  if (typeof collect !== "function") throw new Error("this Node does not give its garbage collector")
  collect()
}
