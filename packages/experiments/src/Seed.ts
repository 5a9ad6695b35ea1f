/**
 * The seed of each run, derived from the study's seed policy and from which run it is: independent of order and of how
 * many runs go side by side.
 *
 * @layer logic
 * @module
 */
import { sha256Hex } from "@heddle/core/Canonical"
import * as StableJson from "./StableJson.ts"
import type { SeedPolicy } from "./Study.ts"

/** Seeds are below this: 2^31 - 1. */
export const seedModulus = 2_147_483_647

/** Which run a seed is for. @category models */
export interface SeedPlace {
  readonly studyId: string
  readonly conditionId: string
  /** From 1. */
  readonly replicate: number
  /** Tells runs of one condition and replicate apart; see {@link runSalt}. */
  readonly salt?: string
}

/**
 * The seed of one run, from 0 to 2^31 - 2.
 *
 * @example
 * import { deriveSeed } from "@heddle/experiments/Seed"
 *
 * const policy = { baseSeed: 42, strategy: "condition_replicate", perRunOffset: 9973 }
 * deriveSeed(policy, { studyId: "s", conditionId: "c", replicate: 1 }) // => 991723853
 *
 * @category seeds
 */
export const deriveSeed = (policy: SeedPolicy, place: SeedPlace): number => {
  const text = `{"base_seed":${policy.baseSeed},"condition_id":${StableJson.quote(place.conditionId)},"per_run_offset":${policy.perRunOffset},"replicate":${place.replicate},"salt":${StableJson.quote(place.salt ?? "")},"strategy":${StableJson.quote(policy.strategy)},"study_id":${StableJson.quote(place.studyId)}}`
  const hex = sha256Hex(text)
  // The first 64 bits modulo 2^31 - 1, in two halves that stay exact in a number.
  const high = Number.parseInt(hex.slice(0, 8), 16) % seedModulus
  const low = Number.parseInt(hex.slice(8, 16), 16)
  // 2^32 leaves 2 when divided by 2^31 - 1.
  return (high * 2 + low) % seedModulus
}

/** What tells runs of one condition and replicate apart: agent and problem, `None` where there is none. @category seeds */
export const runSalt = (agentId: string | null, problemId: string | null): string =>
  `${agentId ?? "None"}:${problemId ?? "None"}`
