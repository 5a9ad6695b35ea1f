/**
 * The error made of what a module's work threw.
 *
 * @layer logic
 * @module
 */
import { RemoteDefect } from "../Work.ts"
import type { Thrown } from "./moduleWork.ts"

export const remoteDefect = (thrown: Thrown): RemoteDefect =>
  new RemoteDefect({
    tag: thrown.tag,
    problem: thrown.message,
    ...(thrown.tagged === true ? { tagged: true } : {}),
    ...(thrown.retryable ? { retryable: true } : {}),
    ...(thrown.fields === undefined ? {} : { fields: thrown.fields }),
    ...(thrown.cause === undefined ? {} : { cause: remoteDefect(thrown.cause) }),
    ...(thrown.stack === undefined ? {} : { remoteStack: thrown.stack }),
  })
