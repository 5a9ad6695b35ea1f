/**
 * The looks that were made at a running study, as the ledger has them: each is on record before anything that follows from
 * it, so that a study that was killed goes on with the looks that it had, whatever its data have become since.
 *
 * @layer logic
 * @module
 */
import { Ledger, type LedgerError } from "@heddle/core/Ledger"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import { StoppingLook, type StoppingRule } from "./StoppingRule.ts"

/** The name under which the ledger has a look; it stands with the last run of the replicates that were looked at. */
export const noteName = "experiments.look"

/** A look with the rule that made it. @category schemas */
export const KeptLook = Schema.Struct({ rule: Schema.String, look: StoppingLook })
/** @category models */
export interface KeptLook extends Schema.Schema.Type<typeof KeptLook> {}

/** A rule as one text: two rules that would look or stop in another way have different ones. @category getters */
export const ruleText = (rule: StoppingRule): string =>
  [
    rule.rule,
    `alpha ${rule.alpha}`,
    `outcome ${rule.outcome}`,
    `factor ${rule.factor}`,
    `looks after ${rule.looksAfter.join(" ")}`,
    ...(rule.plan === undefined ? [] : [rule.plan.spending]),
  ].join(", ")

const decodeKept = Schema.decodeUnknownResult(KeptLook)

/**
 * The looks of a run of the ledger in the order in which they were made. Where a replicate was looked at twice, the first
 * look counts: what followed was decided with it.
 *
 * @category records
 */
export const kept = (ledgerRunId: string): Effect.Effect<ReadonlyArray<KeptLook>, LedgerError, Ledger> =>
  Effect.gen(function* () {
    const ledger = yield* Ledger
    const looks = new Map<number, KeptLook>()
    yield* Stream.runForEach(ledger.events(ledgerRunId), ({ event }) =>
      Effect.sync(() => {
        if (event.type !== "unitNoted" || event.name !== noteName) return
        const found = decodeKept(event.data)
        if (Result.isSuccess(found) && !looks.has(found.success.look.replicates)) {
          looks.set(found.success.look.replicates, found.success)
        }
      }),
    )
    return [...looks.values()]
  })

/** The looks of a run of the ledger, without what made them. @category records */
export const looks = (ledgerRunId: string): Effect.Effect<ReadonlyArray<StoppingLook>, LedgerError, Ledger> =>
  Effect.map(kept(ledgerRunId), (found) => found.map(({ look }) => look))
