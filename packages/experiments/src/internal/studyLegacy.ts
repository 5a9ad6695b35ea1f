/**
 * What a study file may also say in an older way: lists of primary and secondary outcomes, links from a hypothesis to its
 * plan, and numbers of the design among its options. It is checked against what stands elsewhere in the file and put there.
 *
 * @layer logic
 * @module
 */
import { isList, isMap } from "../Value.ts"
import type { Value, ValueMap } from "../Value.ts"
import { nearestName } from "./nearestName.ts"
import type { IssueList, Path } from "./studyIssues.ts"
import { kindOf } from "./studyIssues.ts"

/** The file without its older keys, and with what they say in the place of today. */
export const takeLegacy = (file: ValueMap, list: IssueList): ValueMap => {
  const current = new Map(file)
  const primary = names(current, "primary_outcomes", list)
  const secondary = names(current, "secondary_outcomes", list)
  const outcomes = current.get("outcomes")
  if (primary.length + secondary.length > 0) {
    const flagged = applyOutcomes(outcomes !== undefined && isList(outcomes) ? outcomes : [], primary, secondary, list)
    if (outcomes !== undefined && isList(outcomes)) current.set("outcomes", flagged)
  }
  const hypotheses = current.get("hypotheses")
  if (hypotheses !== undefined && isList(hypotheses)) {
    const plans = hypothesesOfPlans(current.get("analysis_plans"))
    current.set(
      "hypotheses",
      hypotheses.map((hypothesis, index) => dropLink(hypothesis, ["hypotheses", index], plans, list)),
    )
  }
  const design = current.get("design_spec")
  if (isMap(design)) current.set("design_spec", withOptions(design))
  return current
}

/** Keys of a design that may also stand among its options. */
const optionKeys = ["n_samples", "center_points", "block_randomization_key"]

const withOptions = (design: ValueMap): ValueMap => {
  const options = design.get("options")
  if (!isMap(options)) return design
  const full = new Map(design)
  for (const key of optionKeys) {
    const option = options.get(key)
    if (option !== undefined && (full.get(key) ?? null) === null) full.set(key, option)
  }
  return full
}

/** Takes a list of names out of the file. */
const names = (file: Map<string, Value>, key: string, list: IssueList): ReadonlyArray<string> => {
  const value = file.get(key)
  file.delete(key)
  if (value === undefined || value === null) return []
  if (!isList(value)) {
    list.add([key], `must be a list of names of outcomes, but is ${kindOf(value)}`)
    return []
  }
  return value.flatMap((name, index) => {
    if (typeof name === "string") return [name]
    list.add([key, index], `must be the name of an outcome, but is ${kindOf(name)}`)
    return []
  })
}

const applyOutcomes = (
  outcomes: ReadonlyArray<Value>,
  primary: ReadonlyArray<string>,
  secondary: ReadonlyArray<string>,
  list: IssueList,
): ReadonlyArray<Value> => {
  const known = new Set(outcomes.flatMap((outcome) => nameOf(outcome) ?? []))
  const first = new Set(primary)
  const second = new Set(secondary)
  for (const [key, given] of [
    ["primary_outcomes", primary],
    ["secondary_outcomes", secondary],
  ] as const) {
    given.forEach((name, index) => {
      if (!known.has(name))
        list.add([key, index], `there is no outcome ${JSON.stringify(name)}`, () => nearestName(name, known))
      else if (key === "secondary_outcomes" && first.has(name)) {
        list.add([key, index], `${JSON.stringify(name)} is among the primary outcomes too`)
      }
    })
  }
  // A flag that says false is a flag.
  const declared = outcomes.some((outcome) => isMap(outcome) && outcome.has("primary"))
  return outcomes.map((outcome, index) => {
    const name = nameOf(outcome)
    if (!isMap(outcome) || name === undefined) return outcome
    if (!declared) return new Map(outcome).set("primary", first.has(name))
    const flagged = outcome.get("primary") === true
    const [own, other] = flagged ? [first, second] : [second, first]
    if (other.has(name) || (own.size > 0 && !own.has(name))) {
      const says = (flagged ? other.has(name) : !other.has(name)) ? "secondary_outcomes" : "primary_outcomes"
      list.add(["outcomes", index, "primary"], `is ${flagged}, but the file's ${says} say otherwise`)
    }
    return outcome
  })
}

const nameOf = (outcome: Value): string | undefined => {
  const name = isMap(outcome) ? outcome.get("name") : undefined
  return typeof name === "string" ? name : undefined
}

/** Which hypotheses each plan names. */
const hypothesesOfPlans = (plans: Value | undefined): ReadonlyMap<Value, ReadonlySet<Value>> => {
  const found = new Map<Value, ReadonlySet<Value>>()
  for (const plan of plans !== undefined && isList(plans) ? plans : []) {
    const id = isMap(plan) ? plan.get("analysis_plan_id") : undefined
    const tested = isMap(plan) ? plan.get("hypothesis_ids") : undefined
    if (id !== undefined && !found.has(id)) found.set(id, new Set(tested !== undefined && isList(tested) ? tested : []))
  }
  return found
}

/** Drops `linked_analysis_plan_id` of a hypothesis where that plan names the hypothesis. */
const dropLink = (
  hypothesis: Value,
  path: Path,
  plans: ReadonlyMap<Value, ReadonlySet<Value>>,
  list: IssueList,
): Value => {
  if (!isMap(hypothesis)) return hypothesis
  const link = hypothesis.get("linked_analysis_plan_id")
  if (link === undefined) return hypothesis
  const current = new Map(hypothesis)
  current.delete("linked_analysis_plan_id")
  if (link === null) return current
  const tested = plans.get(link)
  if (tested === undefined) {
    list.add(
      [...path, "linked_analysis_plan_id"],
      `there is no analysis plan ${typeof link === "string" ? JSON.stringify(link) : kindOf(link)}`,
      () =>
        typeof link === "string"
          ? nearestName(
              link,
              [...plans.keys()].filter((id) => typeof id === "string"),
            )
          : undefined,
    )
  } else if (!tested.has(hypothesis.get("hypothesis_id") ?? null)) {
    list.add([...path, "linked_analysis_plan_id"], "that plan does not name this hypothesis in its hypothesis_ids")
  }
  return current
}
