/**
 * A plan: the ordered units of one run as pure data. The same input gives the same bytes and the same hash, and the plan
 * that is shown is the plan that is run.
 *
 * @layer contract
 * @module
 */
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import * as Canonical from "./Canonical.ts"
import { ExitCode } from "./ExitCode.ts"
import { Unit, type UnitSpec } from "./Unit.ts"

/** The most units one plan may hold. */
export const unitsMax = 5_000_000

/** A whole plan, as it is shown, stored in the ledger, and run. @category schemas */
export const Plan = Schema.Struct({
  /** The area: `studies`, `experiments`, `plates`, `stage`, or the caller's own word. */
  kind: Schema.NonEmptyString,
  /** What the plan was made from. */
  params: Schema.Json,
  /** Identifies the code of the work (a name and version, or a hash of a module file). Part of every fingerprint. */
  code: Schema.String,
  /** In the order in which results are reported. */
  units: Schema.Array(Unit),
  /** SHA-256 over the canonical JSON of all of the above. */
  hash: Canonical.Hash,
})
/** @category models */
export interface Plan extends Schema.Schema.Type<typeof Plan> {}

/**
 * A plan that cannot be made: unit ids that occur twice (all of them are named, up to ten), input that is not JSON, an
 * empty id, a negative budget, or too many units. Trying again does not help.
 *
 * @category errors
 */
export class PlanError extends Schema.TaggedError<PlanError>()("PlanError", {
  reason: Schema.Union([
    Schema.TaggedStruct("DuplicateIds", { ids: Schema.Array(Schema.String), count: Schema.Int }),
    Schema.TaggedStruct("InvalidUnit", { index: Schema.Int, id: Schema.String, problem: Schema.String }),
    Schema.TaggedStruct("InvalidParams", { problem: Schema.String }),
    Schema.TaggedStruct("TooManyUnits", { units: Schema.Int, max: Schema.Int }),
    Schema.TaggedStruct("HashMismatch", { stored: Schema.String, computed: Schema.String }),
  ]),
}) {
  readonly exitCode = ExitCode.usage
  readonly retryable = false
  get hints(): ReadonlyArray<string> {
    switch (this.reason._tag) {
      case "DuplicateIds":
        return ["give each unit an id of its own: results are kept by id"]
      case "HashMismatch":
        return ["the stored plan was changed after it was made; plan again"]
      default:
        return ["correct the input and plan again"]
    }
  }
  override get message(): string {
    const reason = this.reason
    switch (reason._tag) {
      case "DuplicateIds": {
        const more = reason.count > reason.ids.length ? ` and ${reason.count - reason.ids.length} more` : ""
        return `unit ids occur more than once: ${reason.ids.map((id) => JSON.stringify(id)).join(", ")}${more}`
      }
      case "InvalidUnit":
        return `unit ${reason.index} (${JSON.stringify(reason.id)}): ${reason.problem}`
      case "InvalidParams":
        return `the parameters of the plan: ${reason.problem}`
      case "TooManyUnits":
        return `the plan has ${reason.units} units; the limit is ${reason.max}`
      case "HashMismatch":
        return `the plan's hash is ${reason.stored}, but its content gives ${reason.computed}`
    }
  }
}

/** What `make` is given. @category models */
export interface PlanSpec {
  readonly kind: string
  readonly params?: Schema.Json
  /** Name and version, or hash, of the code of the work; part of every fingerprint. */
  readonly code?: string
  readonly units: ReadonlyArray<UnitSpec>
}

/**
 * Makes a plan, or says what is wrong as a {@link PlanError}: for ids that occur twice all of them, else the first wrong
 * thing. Fingerprints that are not given are the hash of kind, params, code and the unit's input.
 *
 * @category constructors
 */
export const makeResult = (spec: PlanSpec): Result.Result<Plan, PlanError> => {
  if (spec.units.length > unitsMax) {
    return fail({ _tag: "TooManyUnits", units: spec.units.length, max: unitsMax })
  }
  if (spec.kind === "") return fail({ _tag: "InvalidParams", problem: "the kind must not be empty" })
  const params = spec.params ?? {}
  const code = spec.code ?? ""
  let base: string
  try {
    base = Canonical.stringify({ kind: spec.kind, params, code })
  } catch (error) {
    return fail({ _tag: "InvalidParams", problem: problemOf(error) })
  }
  const seen = new Set<string>()
  const duplicates = new Set<string>()
  const units: Array<Unit> = []
  for (const [index, unit] of spec.units.entries()) {
    const invalid = (problem: string) => fail({ _tag: "InvalidUnit", index, id: String(unit.id).slice(0, 80), problem })
    if (typeof unit.id !== "string" || unit.id.length < 1 || unit.id.length > 1024) {
      return invalid("the id must be a text of 1 to 1024 characters")
    }
    if (!unit.id.isWellFormed()) return invalid("the id has half a surrogate pair")
    for (const [name, cap] of Object.entries(unit.budgets ?? {})) {
      if (!Number.isFinite(cap) || cap < 0) return invalid(`the budget ${name} must be a number of 0 or more`)
    }
    if (seen.has(unit.id)) duplicates.add(unit.id)
    seen.add(unit.id)
    const input = unit.input ?? null
    let fingerprint = unit.fingerprint
    if (fingerprint === undefined) {
      try {
        fingerprint = `sha256:${Canonical.sha256Hex(`${base}\n${Canonical.stringify(input)}`)}`
      } catch (error) {
        return invalid(problemOf(error))
      }
    }
    units.push({
      id: unit.id,
      label: unit.label ?? unit.id,
      reason: unit.reason ?? "selected",
      fingerprint,
      input,
      ...(unit.budgets === undefined ? {} : { budgets: unit.budgets }),
    })
  }
  if (duplicates.size > 0) {
    return fail({ _tag: "DuplicateIds", ids: [...duplicates].slice(0, 10), count: duplicates.size })
  }
  try {
    const hash = Canonical.hashWithList({ kind: spec.kind, params, code }, "units", units)
    return Result.succeed({ kind: spec.kind, params, code, units, hash })
  } catch (error) {
    // A label, a reason, or the input of a unit whose fingerprint was given: only now looked at.
    const index = error instanceof Canonical.CanonicalError ? /^units\[(\d+)\]/.exec(error.path)?.[1] : undefined
    if (index === undefined) return fail({ _tag: "InvalidParams", problem: problemOf(error) })
    const id = units[Number(index)]?.id ?? ""
    return fail({ _tag: "InvalidUnit", index: Number(index), id: id.slice(0, 80), problem: problemOf(error) })
  }
}

/** As {@link makeResult}, as an Effect: fails with {@link PlanError}. @category constructors */
export const makeEffect = (spec: PlanSpec): Effect.Effect<Plan, PlanError> =>
  Effect.suspend(() => Effect.fromResult(makeResult(spec)))

/**
 * Makes a plan from literal data; throws {@link PlanError}. Use {@link makeEffect} for anything read from outside.
 *
 * @example
 * import * as Plan from "@heddle/core/Plan"
 *
 * const plan = Plan.make({ kind: "studies", units: [{ id: "ALPHA" }, { id: "BETA" }] })
 * plan.units.map((unit) => unit.label) // => ["ALPHA", "BETA"]
 *
 * @category constructors
 */
export const make = (spec: PlanSpec): Plan => Result.getOrThrow(makeResult(spec))

/**
 * Checks that a plan read from outside still has the content that its hash was made from. Fails with `HashMismatch`, and
 * dies with a `CanonicalError` where the content is no JSON (a decoded plan always is).
 *
 * @category constructors
 */
export const verify = (plan: Plan): Effect.Effect<Plan, PlanError> =>
  Effect.suspend(() => {
    const { hash, units, ...head } = plan
    const computed = Canonical.hashWithList(head, "units", units)
    return computed === hash
      ? Effect.succeed(plan)
      : Effect.fail(new PlanError({ reason: { _tag: "HashMismatch", stored: hash, computed } }))
  })

const fail = (reason: PlanError["reason"]): Result.Result<never, PlanError> => Result.fail(new PlanError({ reason }))

const problemOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
