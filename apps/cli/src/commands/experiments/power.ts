/**
 * `heddle experiments power`: what a study can find before anything is run or paid for.
 *
 * @layer app
 * @module
 */
import type { CommandSpec } from "../../cli/Spec.ts"
import { studyFile } from "./flags.ts"

export const experimentsPower: CommandSpec = {
  path: ["experiments", "power"],
  summary: "power, smallest detectable effect, replicates and cost of every planned test, before anything is run",
  description: [
    "For each hypothesis and outcome: the test that the analysis plan declares, in the design as it will be run. By formula where there is one; otherwise the planned runs are simulated through the analysis itself, and the power has an interval. The effect is each hypothesis's minimum_effect_of_interest unless --effect is given; the noise is what you say with --sd, and effects are in standard deviations where nothing is said.",
    "A test of two groups in a factorial (Welch, Mann-Whitney and so on) leaves what the other factors do in its error. They are taken to have no effect, with a warning, unless --other-effects says how large their effects are; anova and regression remove them.",
    "A power below the target is a warning, not a failure: the exit code is 0.",
  ],
  positionals: [studyFile],
  flags: [
    {
      name: "sd",
      kind: "text",
      valueName: "N or OUTCOME=N",
      repeatable: true,
      summary: "standard deviation between runs of one condition, for all outcomes or for one",
    },
    { name: "cv", kind: "number", summary: "the same as a share of --mean" },
    { name: "mean", kind: "number", summary: "mean of the outcome without an effect" },
    {
      name: "baseline-rate",
      kind: "number",
      min: 0,
      max: 1,
      summary: "the outcome is 0 or 1: its rate without an effect",
    },
    { name: "effect", kind: "number", summary: "size of the true effect, for every hypothesis" },
    {
      name: "other-effects",
      kind: "number",
      min: 0,
      summary:
        "the factors that a test is not about have effects too: their levels lie evenly between minus and plus half of this; one whose own hypothesis has a smallest effect that matters has that",
      fallback: "none",
    },
    {
      name: "alpha",
      kind: "number",
      min: 0,
      max: 1,
      summary: "level of the tests",
      fallback: "the study's, else 0.05",
    },
    { name: "target", kind: "number", min: 0, max: 1, summary: "the power that is wanted", fallback: "0.8" },
    {
      name: "replicates",
      kind: "text",
      valueName: "N or LEAST..MOST",
      summary: "replicates of the plan, or the range in which the target is looked for",
      fallback: "the study's; looked for in 1..100",
    },
    { name: "block-sd", kind: "number", min: 0, summary: "standard deviation between blocks", fallback: "0" },
    { name: "subject-sd", kind: "number", min: 0, summary: "standard deviation between subjects", fallback: "0" },
    { name: "whole-plot-sd", kind: "number", min: 0, summary: "standard deviation between whole plots", fallback: "0" },
    { name: "failure-share", kind: "number", min: 0, max: 1, summary: "share of runs that will fail", fallback: "0" },
    {
      name: "simulations",
      kind: "integer",
      min: 10,
      max: 100_000,
      summary: "simulated studies of each power; a step of a search takes at most 200",
      fallback: "1000",
    },
    { name: "seed", kind: "integer", min: 0, summary: "what simulations are drawn from", fallback: "the study's" },
    {
      name: "cost-per-run",
      kind: "number",
      min: 0,
      summary: "cost of one run",
      fallback: "what the study allows for one",
    },
  ],
  exitCodes: [],
  examples: [
    { command: "heddle experiments power study.yaml --sd 2.5", note: "what the study as planned will find" },
    {
      command: "heddle experiments power study.yaml --sd 2.5 --replicates 2..40 --target 0.9",
      note: "how many replicates it takes",
    },
    {
      command: "heddle experiments power study.yaml --sd 2.5 --other-effects 5",
      note: "the same where the other factors matter too",
    },
    {
      command: "heddle experiments power study.yaml --baseline-rate 0.6 --effect 0.2 --json",
      note: "rates, one JSON line per test",
    },
  ],
  load: () => import("./power.run.ts"),
}
