/**
 * The core of Heddle, platform-free: each module is a namespace named after its concept.
 *
 * @layer contract
 * @module
 */
export * as Canonical from "./Canonical.ts"
export * as CurrentUnit from "./CurrentUnit.ts"
export * as Durable from "./Durable.ts"
export * as ExitCode from "./ExitCode.ts"
export * as Failure from "./Failure.ts"
export * as Ledger from "./Ledger.ts"
export * as Limits from "./Limits.ts"
export * as Outcome from "./Outcome.ts"
export * as Placement from "./Placement.ts"
export * as Plan from "./Plan.ts"
export * as Receipt from "./Receipt.ts"
export * as RunEvent from "./RunEvent.ts"
export * as Runner from "./Runner.ts"
export * as Secrets from "./Secrets.ts"
export * as Unit from "./Unit.ts"
export * as Work from "./Work.ts"
