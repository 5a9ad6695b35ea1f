/**
 * The benchmark harness: suites of cases, and a fair way to time ours beside a peer.
 *
 * @layer logic
 * @module
 */
export * from "./Contestant.ts"
export * from "./harness.ts"
export * from "./Suite.ts"
