/**
 * The budgets of a run as its units meet them: what a unit reserves before it starts, and what counts as spent when it
 * ends.
 *
 * @layer logic
 * @module
 */
import type { Budget } from "../Budget.ts"
import type { UnitRun } from "./unitRun.ts"

/** By budget: why it is closed, where a unit spent more than it could. */
export type Overruns = ReadonlyMap<string, string>

/** Reserves a unit's caps of all budgets, or of none: `wait` until running units give some back, or why it never fits. */
export const reserve = (
  budgets: ReadonlyMap<string, Budget>,
  run: UnitRun,
  mayWait: boolean,
  overruns: Overruns,
): "granted" | "wait" | { readonly reason: string } => {
  const reserved: Array<{ readonly name: string; readonly amount: number }> = []
  for (const [name, budget] of budgets) {
    const amount = run.unit.budgets?.[name] ?? 0
    const answer = budget.reserve(amount)
    if (answer === "granted") {
      reserved.push({ name, amount })
      continue
    }
    for (const one of reserved) budgets.get(one.name)?.settle(one.amount, 0)
    if (answer === "wait" && mayWait) return "wait"
    const overrun = budget.closed() ? overruns.get(name) : undefined
    return { reason: overrun ?? `it may need ${amount} of the budget ${name}, and that much is not left` }
  }
  run.reserved = reserved
  return "granted"
}

/** Gives back what a unit did not spend, and puts on its record what counts as spent. */
export const settle = (budgets: ReadonlyMap<string, Budget>, run: UnitRun, overruns: Map<string, string>): void => {
  for (const { name, amount } of run.reserved ?? []) {
    const said = run.spentOn(name)
    // Work that says nothing of what it spent is taken to have spent all that it could, and so is work that was
    // abandoned: it may still be spending.
    const counted = !run.forked ? 0 : said === undefined || run.abandoned ? Math.max(amount, said ?? 0) : said
    const budget = budgets.get(name)
    budget?.settle(amount, counted)
    if (budget?.closed() === true && !overruns.has(name)) {
      const { id } = run.unit
      overruns.set(
        name,
        `the budget ${name} was closed by an overrun: ${id} spent ${counted}, and could spend ${amount}`,
      )
    }
    run.setSpent(name, counted)
  }
}
