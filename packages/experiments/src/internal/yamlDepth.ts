/**
 * How deep a YAML text is nested, found without recursion, before anything that recurses looks at it.
 *
 * @layer logic
 * @module
 */
import type { CST } from "yaml"

interface Visit {
  readonly token: CST.Token
  readonly depth: number
}

/** The offset of the first list or map that is nested deeper than `depthMax`, if there is one. */
export const depthOffset = (tokens: ReadonlyArray<CST.Token>, depthMax: number): number | undefined => {
  const visits: Array<Visit> = tokens.map((token) => ({ token, depth: 0 }))
  for (let visit = visits.pop(); visit !== undefined; visit = visits.pop()) {
    const { depth, token } = visit
    if (token.type === "document") {
      if (token.value !== undefined) visits.push({ token: token.value, depth })
      continue
    }
    if (token.type !== "block-map" && token.type !== "block-seq" && token.type !== "flow-collection") continue
    if (depth >= depthMax) return token.offset
    for (const item of token.items) {
      if (item.key !== undefined && item.key !== null) visits.push({ token: item.key, depth: depth + 1 })
      if (item.value !== undefined) visits.push({ token: item.value, depth: depth + 1 })
    }
  }
  return undefined
}
