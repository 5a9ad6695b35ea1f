/**
 * Which runs of a study start, and when: the order that it asks for, budgets of a condition, conditions that fail too often, and rounds. A round is
 * one replicate of everything; a study that stops only between rounds has the same number of runs in every condition.
 *
 * @layer logic
 * @module
 */
import type { Outcome } from "@heddle/core/Outcome"
import type { RunEvent } from "@heddle/core/RunEvent"
import type { Admission, Dispatch } from "@heddle/core/RunnerOptions"
import type { Unit } from "@heddle/core/Unit"
import type { RunSpec } from "../Run.ts"
import { type PeriodPlace, startOrder } from "../RunOrder.ts"
import type { Study } from "../Study.ts"
import { amountOf, budgetNames, type BudgetName, reservationOf } from "../StudyPlan.ts"

/** Asked at each balanced point of a study: whether it may stop, and why. */
export interface BalancedStop {
  /** A reason stops the study; what is left of it is skipped. `replicates` are done in every condition. */
  readonly shouldStop: (replicates: number) => string | undefined
}

/** What counts as spent by the runs of earlier sessions, by run and budget. */
export type SpentBefore = ReadonlyMap<string, { readonly [name: string]: number }>

/** What is spent and reserved of one budget: of the study, or of one condition. */
class Account {
  readonly cap: number
  spent = 0
  reserved = 0
  constructor(cap: number) {
    this.cap = cap
  }
  /** One part in 10^9 is rounding of sums. */
  fits(amount: number): boolean {
    return this.spent + this.reserved + amount <= this.cap * (1 + 1e-9)
  }
  neverFits(amount: number): boolean {
    return this.spent + amount > this.cap * (1 + 1e-9)
  }
}

interface Tally {
  failed: number
  readonly accounts: ReadonlyMap<BudgetName, Account>
}

const plural = (count: number, what: string): string => `${count} ${what}${count === 1 ? "" : "s"}`

export class RunDispatch {
  readonly #study: Study
  readonly #specs: ReadonlyMap<string, RunSpec>
  readonly #stop: BalancedStop | undefined
  readonly #rounds: boolean
  readonly #reservations = new Map<BudgetName, number>()
  readonly #total = new Map<BudgetName, Account>()
  readonly #tallies = new Map<string, Tally>()
  readonly #spentBefore: SpentBefore
  readonly #periods: ReadonlyMap<string, PeriodPlace>
  /** Subjects of a crossover with a run under way, by that run. */
  readonly #subjects = new Map<string, string>()
  /** Runs that were let in and have not ended. */
  readonly #underWay = new Set<string>()
  /** Runs that began in this session and have not ended: one that failed before and did not start is no new failure. */
  readonly #begun = new Set<string>()
  #failed = 0
  #finished = 0
  #round = 0
  /** Runs of each round that this session runs. */
  #roundSizes = new Map<number, number>()
  #stopped: string | undefined

  constructor(
    study: Study,
    specs: ReadonlyMap<string, RunSpec>,
    options: {
      readonly stop: BalancedStop | undefined
      readonly spentBefore: SpentBefore
      /** Of a crossover: the runs of one subject never overlap. */
      readonly periods?: ReadonlyMap<string, PeriodPlace>
    },
  ) {
    this.#periods = options.periods ?? new Map()
    this.#study = study
    this.#specs = specs
    this.#stop = options.stop
    this.#spentBefore = options.spentBefore
    this.#rounds = study.heddle.stopBalanced === true || options.stop !== undefined
    for (const name of budgetNames) {
      const reservation = reservationOf(study, name)
      if (reservation === undefined) continue
      this.#reservations.set(name, reservation)
      const cap = amountOf(study.heddle.budgets?.study, name)
      if (cap !== undefined) this.#total.set(name, new Account(cap))
    }
    for (const [runId, spent] of options.spentBefore) {
      const conditionId = specs.get(runId)?.conditionId
      for (const [name, amount] of Object.entries(spent)) this.#book(conditionId, name, amount)
    }
  }

  /** True where nothing is to be decided: then the Runner needs not to ask. */
  isIdle(): boolean {
    const { budgets, failures } = this.#study.heddle
    const isPlanOrder = (this.#study.heddle.runOrder ?? "plan") === "plan"
    return (
      isPlanOrder &&
      this.#periods.size === 0 &&
      !this.#rounds &&
      budgets?.perCondition === undefined &&
      failures === undefined
    )
  }

  readonly dispatch = (units: ReadonlyArray<Unit>): Dispatch => {
    const specs = units.map((unit) => this.#specs.get(unit.id))
    if (this.#rounds) {
      for (const spec of specs) {
        const round = spec?.replicate ?? 0
        this.#roundSizes.set(round, (this.#roundSizes.get(round) ?? 0) + 1)
      }
    }
    return { order: startOrder(this.#study, specs, this.#rounds, this.#periods), admit: this.admit }
  }

  readonly admit = (unit: Unit): Admission => {
    if (this.#stopped !== undefined) return { skip: this.#stopped }
    const spec = this.#specs.get(unit.id)
    if (spec === undefined) return "start"
    const round = this.#enter(spec.replicate)
    if (round !== "start") return round
    const subject = this.#periods.get(spec.conditionId)?.subject
    if (subject !== undefined && this.#subjects.has(subject)) return "wait"
    const tally = this.#tally(spec.conditionId)
    const limit = this.#study.heddle.failures?.perCondition
    if (limit !== undefined && tally.failed >= limit) {
      return {
        skip: `${plural(tally.failed, "run")} of condition ${spec.conditionId} failed; the study gives up a condition after ${limit}`,
      }
    }
    for (const [name, account] of tally.accounts) {
      const amount = this.#reservations.get(name) ?? 0
      if (account.neverFits(amount)) {
        return {
          skip: `it may need ${amount} of ${name}, and condition ${spec.conditionId} has ${round6(account.cap - account.spent)} of ${account.cap} left`,
        }
      }
      if (!account.fits(amount)) return "wait"
    }
    for (const [name, account] of tally.accounts) account.reserved += this.#reservations.get(name) ?? 0
    for (const [name, account] of this.#total) account.reserved += this.#reservations.get(name) ?? 0
    this.#underWay.add(unit.id)
    if (subject !== undefined) this.#subjects.set(subject, unit.id)
    return "start"
  }

  /** Whether the run's round has begun, or may begin now. */
  #enter(replicate: number): Admission {
    if (!this.#rounds || replicate === this.#round) return "start"
    if (this.#stop !== undefined) {
      // The data of a round are looked at when all of it is there.
      if (this.#underWay.size > 0) return "wait"
      const reason = replicate > 1 ? this.#stop.shouldStop(replicate - 1) : undefined
      if (reason !== undefined) {
        this.#stopped = reason
        return { skip: reason }
      }
    }
    const size = this.#roundSizes.get(replicate) ?? 0
    for (const [name, account] of this.#total) {
      const amount = (this.#reservations.get(name) ?? 0) * size
      if (account.neverFits(amount)) {
        if (this.#underWay.size > 0) return "wait"
        this.#stopped = `replicate ${replicate} of all conditions may need ${round6(amount)} of ${name}, and ${round6(account.cap - account.spent)} of ${account.cap} is left: the study stops where all conditions have the same number of runs`
        return { skip: this.#stopped }
      }
      if (!account.fits(amount)) return "wait"
    }
    this.#round = replicate
    return "start"
  }

  #tally(conditionId: string): Tally {
    let tally = this.#tallies.get(conditionId)
    if (tally === undefined) {
      const accounts = new Map<BudgetName, Account>()
      for (const name of budgetNames) {
        const cap = amountOf(this.#study.heddle.budgets?.perCondition, name)
        if (cap !== undefined) accounts.set(name, new Account(cap))
      }
      tally = { failed: 0, accounts }
      this.#tallies.set(conditionId, tally)
    }
    return tally
  }

  #book(conditionId: string | undefined, name: string, amount: number): void {
    for (const [of, account] of this.#total) if (of === name) account.spent += amount
    if (conditionId === undefined) return
    for (const [of, account] of this.#tally(conditionId).accounts) if (of === name) account.spent += amount
  }

  /** For the Runner's observers. */
  readonly observe = (event: RunEvent): void => {
    if (event.type === "unitStarted") this.#begun.add(event.id)
    if (event.type !== "unitFinished") return
    const { outcome } = event
    const began = this.#begun.delete(outcome.id)
    const conditionId = this.#specs.get(outcome.id)?.conditionId
    for (const [subject, runId] of this.#subjects) if (runId === outcome.id) this.#subjects.delete(subject)
    if (conditionId !== undefined && this.#underWay.delete(outcome.id)) this.#settle(outcome, conditionId, began)
    if (!began) return
    this.#finished++
    if (outcome.status !== "failed" && outcome.status !== "timedOut") return
    this.#failed++
    if (conditionId !== undefined) this.#tally(conditionId).failed++
    this.#givenUp()
  }

  /** The Runner knows one policy; where a study has both a count and a share, the count is kept here. */
  #givenUp(): void {
    const { atLeast = 10, share, stopAfter } = this.#study.heddle.failures ?? {}
    if (this.#stopped !== undefined || stopAfter === undefined || share === undefined) return
    if (this.#failed >= stopAfter) this.#stopped = `${this.#failed} runs failed, and the study stops after ${stopAfter}`
    else if (this.#finished >= atLeast && this.#failed / this.#finished >= share) {
      this.#stopped = `${this.#failed} of ${this.#finished} runs failed, and the study stops at a share of ${share}`
    }
  }

  #settle(outcome: Outcome, conditionId: string, began: boolean): void {
    const before = this.#spentBefore.get(outcome.id)
    const tally = this.#tally(conditionId)
    for (const [name, reservation] of this.#reservations) {
      for (const account of [this.#total.get(name), tally.accounts.get(name)]) {
        if (account !== undefined) account.reserved = Math.max(0, account.reserved - reservation)
      }
      if (!began) continue
      // What a run never said counts as all that it could spend.
      const spent = outcome.spent?.[name]
      this.#book(conditionId, name, spent === undefined ? reservation : Math.max(0, spent - (before?.[name] ?? 0)))
    }
  }
}

const round6 = (amount: number): number => Number(amount.toPrecision(12))
