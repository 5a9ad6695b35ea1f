/**
 * What a table says of a failure: its class and message, and what is known of the request or of the line of a pipeline
 * file behind it.
 *
 * @layer logic
 * @module
 */
import type { Failure } from "@heddle/core/Failure"
import { relative } from "node:path"
import { fileURLToPath } from "node:url"

/** Where our own code lies, from the sources and from the bundle: lines in there tell a user nothing. */
const ownFolders = ["../../../../packages/", "../"].map((path) => fileURLToPath(new URL(path, import.meta.url)))

/** `Forbidden: Forbidden (HTTP 403, /api/v1/…/subjects, 1 request)`, `PipelineDefect: x (at pipeline.mjs:3)`. */
export const failureSummary = (failure: Failure): string => {
  const details = [...requestOf(failure), ...lineOf(failure)]
  return `${failure.tag}: ${failure.message}${details.length === 0 ? "" : ` (${details.join(", ")})`}`
}

const requestOf = ({ fields = {}, message }: Failure): ReadonlyArray<string> => {
  const { endpoint, httpStatus, requests } = fields
  return [
    ...(typeof httpStatus === "number" && !message.includes(String(httpStatus)) ? [`HTTP ${httpStatus}`] : []),
    ...(typeof endpoint === "string" && !message.includes(endpoint) ? [endpoint] : []),
    ...(typeof requests === "number" ? [requests === 1 ? "1 request" : `${requests} requests`] : []),
  ]
}

/** The first line of the stack that is neither Node's, nor a library's, nor ours. */
const lineOf = ({ stack }: Failure): ReadonlyArray<string> => {
  for (const line of (stack ?? "").split("\n")) {
    const found = /^\s*at (?:.*\()?((?:file:\/\/)?\/[^()]*|[A-Za-z]:\\[^()]*?):(\d+):\d+\)?$/.exec(line)
    if (found === null) continue
    const [, place = "", number = ""] = found
    const path = pathOf(place.replace(/\?.*$/, ""))
    if (/[\\/]node_modules[\\/]/.test(path) || ownFolders.some((folder) => path.startsWith(folder))) continue
    const below = relative(process.cwd(), path)
    return [`at ${below.startsWith("..") ? path : below}:${number}`]
  }
  return []
}

const pathOf = (place: string): string => {
  try {
    return place.startsWith("file://") ? fileURLToPath(place) : place
  } catch {
    return place
  }
}
