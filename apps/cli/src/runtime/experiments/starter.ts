/**
 * The study that `init` writes and the demo runs: two optimisers with a small and a large number of evaluations on a
 * function whose minimum is known. It needs nothing that is not built in.
 *
 * @layer app
 * @module
 */

/** Name of the starter study. */
export const starterId = "optimiser-benchmark"

/** The starter study as a file. */
export const starterText = `# A study by design. Check it, see its runs, run it:
#
#   heddle experiments validate study.yaml
#   heddle experiments plan study.yaml
#   heddle experiments run study.yaml
#
# The agents and the problem below are built in, so it runs as it is.
study_id: ${starterId}
title: Does an optimiser that learns beat random search, and does it need more evaluations?

# What is varied. Every combination of levels is a condition: 2 x 2 = 4.
factors:
  # A factor named agent_id says which agent runs a condition. Built in are random-baseline, random-search,
  # evolution-strategy and coordinate-search; an agent of your own is bound when the study is run:
  #   heddle experiments run study.yaml --agent mine=./mine.mjs
  - name: agent_id
    description: The optimiser.
    levels:
      - {name: random, value: random-search, metadata: {role: baseline, is_baseline: true}}
      - {name: evolution, value: evolution-strategy}
  # The optimisers read the factors evaluations and step_size.
  - name: evaluations
    description: How often a run may evaluate the function.
    levels:
      - {name: few, value: 25}
      - {name: many, value: 200}

# What agents work on. Built in are sphere, rosenbrock, branin and hartmann6, each with a known minimum.
problem_ids: [branin]

# Random order of conditions, drawn from the seed below.
design_spec:
  kind: full_factorial
  randomize: true

# How often each condition is run, and how many runs go on at a time.
run_budget:
  replicates: 3
  parallelism: 4

# Every run has a seed of its own, derived from this number: the same file gives the same results.
seed_policy:
  base_seed: 20260101

# What is measured. regret is the distance from the known minimum: 0 is perfect.
outcomes:
  - name: regret
    source_table: evaluations
    column: regret
    aggregation: mean
    primary: true
    description: Distance of the best value that was found from the minimum of the function.

# What is claimed, said before there are data.
hypotheses:
  - hypothesis_id: h1
    label: Learning helps
    statement: The evolution strategy ends with a smaller regret than random search.
    kind: effect
    independent_vars: [agent_id]
    dependent_vars: [regret]
    direction: less

# How the claim is tested.
analysis_plans:
  - analysis_plan_id: ap1
    hypothesis_ids: [h1]
    tests: [difference_in_means]
    outcomes: [regret]
    multiple_comparison_policy: holm

# What only heddle knows of; other readers of this file ignore it.
heddle:
  # Bound of one try of a run, in seconds.
  timeout_s: 60
`
