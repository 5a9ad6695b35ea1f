/**
 * The version of Node, looked at before anything else is: on an older one the rest would end in the middle of its own text.
 *
 * @layer app
 * @module
 */

/** Whether this program runs there; `version` as in `process.versions.node`. */
export const fitsNode = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split(".").map(Number)
  return (major === 22 && minor >= 19) || (major === 24 && minor >= 11) || major >= 26
}

/** What is needed, in words. */
export const nodeNeeded = "Node 22.19, 24.11 or 26 and newer"

if (!fitsNode(process.versions.node)) {
  process.stderr.write(`heddle needs ${nodeNeeded}; this is v${process.versions.node}\n`)
  process.exit(2)
}
