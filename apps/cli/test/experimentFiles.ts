/**
 * Studies, agents and problems as files, for tests of whole commands. Fixtures are those of the experiments package: files
 * that the predecessor wrote.
 */
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** A fixture as text. */
export const fixture = (name: string): string =>
  readFileSync(new URL(`../../../packages/experiments/test/fixtures/${name}`, import.meta.url), "utf8")

/** Writes a file into the folder of a test; gives its name. */
export const put = (folder: string, name: string, text: string): string => {
  writeFileSync(join(folder, name), text)
  return name
}

/** Two doses, three replicates, one agent on one problem: six runs. */
export const doses = (more = ""): string => `study_id: doses
title: Doses
factors:
  - name: dose
    levels: [{name: low, value: 1}, {name: high, value: 2}]
agent_specs: [alpha]
problem_ids: [p1]
run_budget: {replicates: 3, parallelism: 2}
seed_policy: {base_seed: 7}
outcomes:
  - {name: score, source_table: evaluations, column: score, primary: true}
${more}`

/** An agent that writes a line for every call before it answers, so that calls can be counted from outside. */
export const loggingAgent = (body = ""): string => `import { appendFileSync } from "node:fs"
export default async (run, context) => {
  appendFileSync("calls.log", run.runId + "\\n")
  ${body}
  return { output: { candidate: context.random.next() }, metrics: { cost_usd: 0.3 } }
}
`

/** A problem that scores the candidate as it is. */
export const plainProblem = `export default { brief: "a number", family: "toy", evaluator: ({ candidate }) => ({ score: candidate }) }
`

/** The study with its agent and problem in a folder; gives the words that run it. */
export const dosesIn = (folder: string, options: { readonly more?: string; readonly agent?: string } = {}) => {
  put(folder, "study.yaml", doses(options.more))
  put(folder, "alpha.mjs", loggingAgent(options.agent))
  put(folder, "p1.mjs", plainProblem)
  return ["study.yaml", "--agent", "alpha=./alpha.mjs", "--problem", "p1=./p1.mjs"] as const
}

/** Run ids that the agent was called for, in the order of the calls. */
export const callsIn = (folder: string): ReadonlyArray<string> => {
  try {
    return readFileSync(join(folder, "calls.log"), "utf8").trimEnd().split("\n")
  } catch {
    return []
  }
}
