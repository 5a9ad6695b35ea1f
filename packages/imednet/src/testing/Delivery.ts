/**
 * An answer as bytes, and how they are sent: whole, late, cut short, reset, or never.
 *
 * @layer contract
 * @module
 */

/**
 * How the bytes of an answer are treated:
 * - `whole`: sent as they are.
 * - `shortBody`: only the first `atByte` bytes are sent, as a complete and well-formed answer.
 * - `closedSocket`: the length of the whole is announced, then the connection is closed after `atByte` bytes of it.
 * - `resetBeforeHeaders`, `resetMidBody`: the connection is reset (RST).
 * - `stallBeforeHeaders`, `stallMidBody`: nothing more is sent until the client goes away.
 *
 * @category models
 */
export type Transport =
  | { readonly _tag: "whole" }
  | { readonly _tag: "resetBeforeHeaders" }
  | { readonly _tag: "stallBeforeHeaders" }
  | { readonly _tag: "shortBody" | "closedSocket" | "resetMidBody" | "stallMidBody"; readonly atByte: number }

/** An answer and how to deliver it. @category models */
export interface Delivery {
  readonly status: number
  readonly headers: { readonly [name: string]: string }
  readonly body: string
  /** Milliseconds to wait before the first byte. */
  readonly delayMs: number
  readonly transport: Transport
}
