/**
 * Reads what a server says about an error. Three shapes are met: the documented envelope (`metadata.error.code`,
 * `.description`, `.field`), the same with `metadata.error.message`, and the gateway's `{"message"}` with the header
 * `x-amzn-errortype`.
 *
 * @layer logic
 * @module
 */
import { serverTextMax } from "../ImednetError.ts"

/** What was found; nothing that was not there. */
export interface ServerError {
  readonly code?: string
  readonly description?: string
  readonly attribute?: string
  readonly value?: string
  readonly awsErrorType?: string
}

const get = (value: unknown, key: string): unknown =>
  typeof value === "object" && value !== null && Object.hasOwn(value, key) ? Reflect.get(value, key) : undefined

const textOf = (value: unknown, redact: (text: string) => string): string | undefined => {
  if (typeof value !== "string" && typeof value !== "number" && typeof value !== "boolean") return undefined
  const text = redact(String(value))
    .replaceAll(/\p{Cc}+/gu, " ")
    .trim()
  if (text === "") return undefined
  return text.length <= serverTextMax ? text : `${text.slice(0, serverTextMax - 1)}…`
}

/** `body` is the parsed body, `undefined` where it was no JSON. */
export const readServerError = (
  body: unknown,
  errorTypeHeader: string | undefined,
  redact: (text: string) => string,
): ServerError => {
  const error = get(get(body, "metadata"), "error")
  const field = get(error, "field")
  const found: { [K in keyof ServerError]: string | undefined } = {
    code: textOf(get(error, "code"), redact),
    description:
      textOf(get(error, "description"), redact) ??
      textOf(get(error, "message"), redact) ??
      textOf(get(body, "message"), redact) ??
      textOf(get(body, "Message"), redact),
    attribute: textOf(get(field, "attribute"), redact),
    value: textOf(get(field, "value"), redact),
    // The header may carry more after a colon; the class is what comes before.
    awsErrorType: textOf(errorTypeHeader?.split(":")[0], redact),
  }
  return Object.fromEntries(Object.entries(found).filter(([, text]) => text !== undefined))
}

/** Whether an envelope that came with HTTP 200 reports an error all the same. */
export const reportsError = (body: unknown): boolean => {
  const metadata = get(body, "metadata")
  const error = get(metadata, "error")
  const status = get(metadata, "status")
  const hasError = typeof error === "object" && error !== null && Object.keys(error).length > 0
  return hasError || (typeof status === "string" && status !== "" && !/^(ok|success|created|accepted)$/i.test(status))
}
