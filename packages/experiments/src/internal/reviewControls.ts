/**
 * A closer look at what the section `heddle` of a study says: budgets that can be kept, agents that exist.
 *
 * @layer logic
 * @module
 */
import { isOrdered } from "../RunOrder.ts"
import type { Study } from "../Study.ts"
import { valuesOf } from "../Study.ts"
import type { Spending } from "../StudyControls.ts"
import { nearestName } from "./nearestName.ts"
import type { Review } from "./review.ts"
import { snakeCase } from "./studyForm.ts"

const currencies = ["costUsd", "tokens", "timeS"] as const satisfies ReadonlyArray<keyof Spending>

/** Reviews budgets, limits, versions of agents and early stopping. */
export const reviewControls = (study: Study, agentNames: ReadonlyArray<string>, review: Review): void => {
  const agents = new Set(agentNames)
  const { agentVersions, budgets, limits, runOrder, stopping } = study.heddle
  if (runOrder === "random" && isOrdered(study))
    review.error(
      ["heddle", "run_order"],
      `must not be random with ${study.designSpec.kind}, whose order of runs is part of the design: take replicates or plan`,
    )
  for (const scope of ["study", "perCondition"] as const) {
    const budget = budgets?.[scope]
    if (budget === undefined) continue
    for (const currency of currencies) {
      const whole = budget[currency]
      if (whole === undefined) continue
      const run = budgets?.perRun?.[currency]
      const path = ["heddle", "budgets", "per_run", snakeCase(currency)]
      if (run === undefined) {
        review.error(path, `must be given: a run reserves it from the budget of ${snakeCase(scope)} before it starts`)
      } else if (run > whole) {
        review.error(
          path,
          `is ${run}, more than the whole budget of ${snakeCase(scope)} (${whole}): no run could start`,
        )
      }
    }
  }
  const names = new Set<string>()
  limits?.forEach((limit, index) => {
    const path = ["heddle", "limits", index]
    if (names.has(limit.name))
      review.error([...path, "name"], `another limit is named ${JSON.stringify(limit.name)} too`)
    names.add(limit.name)
    if (limit.slots === undefined && limit.perMinute === undefined)
      review.warn(path, "limits nothing: give slots or per_minute")
    limit.agents?.forEach((agent, at) => {
      if (!agents.has(agent)) {
        review.error([...path, "agents", at], `there is no agent ${JSON.stringify(agent)}`, () =>
          nearestName(agent, agents),
        )
      }
    })
  })
  for (const agent of agentVersions?.keys() ?? []) {
    if (!agents.has(agent)) {
      review.warn(["heddle", "agent_versions", agent], "there is no such agent", () => nearestName(agent, agents))
    }
  }
  if (stopping === undefined) return
  const outcomes = study.outcomes.map(({ name }) => name)
  if (stopping.outcome !== undefined && !outcomes.includes(stopping.outcome)) {
    review.error(["heddle", "stopping", "outcome"], `there is no outcome ${JSON.stringify(stopping.outcome)}`, () =>
      nearestName(stopping.outcome ?? "", outcomes),
    )
  }
  const compared =
    stopping.factor === undefined ? study.factors[0] : study.factors.find(({ name }) => name === stopping.factor)
  if (compared === undefined) {
    const factors = study.factors.map(({ name }) => name)
    review.error(
      ["heddle", "stopping", "factor"],
      stopping.factor === undefined
        ? "the study has no factor to compare"
        : `there is no factor ${JSON.stringify(stopping.factor)}`,
      () => nearestName(stopping.factor ?? "", factors),
    )
  } else if (valuesOf(compared).length !== 2) {
    review.error(
      ["heddle", "stopping", "factor"],
      `${JSON.stringify(compared.name)} has ${valuesOf(compared).length} levels; early stopping compares two`,
    )
  }
}
