/**
 * The budgets of a run as its units meet them: what a unit reserves before it starts, and what counts as spent when it
 * ends.
 *
 * @layer logic
 * @module
 */
import type { Budget } from "../Budget.ts"
import type { UnitRun } from "./unitRun.ts"

/** Reserves a unit's caps of all budgets, or of none: `wait` until running units give some back, or why it never fits. */
export const reserve = (
  budgets: ReadonlyMap<string, Budget>,
  run: UnitRun,
  mayWait: boolean,
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
    return { reason: `it may need ${amount} of the budget ${name}, and that much is not left` }
  }
  run.reserved = reserved
  return "granted"
}

/** Gives back what a unit did not spend, and puts on its record what counts as spent. */
export const settle = (budgets: ReadonlyMap<string, Budget>, run: UnitRun): void => {
  for (const { name, amount } of run.reserved ?? []) {
    const said = run.spentOn(name)
    // Work that says nothing of what it spent is taken to have spent all that it could, and so is work that was
    // abandoned: it may still be spending.
    const counted = !run.forked ? 0 : said === undefined || run.abandoned ? Math.max(amount, said ?? 0) : said
    budgets.get(name)?.settle(amount, counted)
    run.setSpent(name, counted)
  }
}
