/**
 * How the commands of experiments end, for the table of exit codes: words per code, in a folder that {@link prepare} made.
 */
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { dosesIn, put } from "./experimentFiles.ts"
import { run } from "./harness.ts"

/** A code and the words that end with it. */
export type ExperimentCase = readonly [code: number, args: string]

const bound = "--agent alpha=./alpha.mjs --problem p1=./p1.mjs"
const failing = "--agent alpha=./failing.mjs --problem p1=./p1.mjs"

/** Makes study files, agents, and workspaces with runs in each state. */
export const prepare = async (folder: string): Promise<void> => {
  dosesIn(folder)
  put(folder, "failing.mjs", 'export default () => { throw new RangeError("no") }\n')
  put(folder, "invalid.yaml", "study_id: x\n")
  put(folder, "taken.yaml", "")
  await run(["experiments", "init", "starter.yaml"], { cwd: folder })
  mkdirSync(join(folder, "foreign"))
  writeFileSync(join(folder, "foreign", "manifest.json"), '{"study_id":"other"}')
  const runDoses = (words: string) => run(`experiments run study.yaml ${words}`.split(" "), { cwd: folder })
  await runDoses(`${bound} --workspace e-done --out e-done-files --run-id r`)
  await runDoses(`${failing} --workspace e-failed --out e-failed-files --run-id r`)
  await runDoses(`${failing} --workspace e-failed-2 --out e-failed-2-files --run-id r`)
  await runDoses(`${bound} --workspace e-broken --out e-broken-files --run-id r`)
  writeFileSync(join(folder, "e-broken-files", "runs.csv"), "x\r\n")
}

const ledger = (words: string): ReadonlyArray<ExperimentCase> => [
  [5, `${words} --workspace blocked`],
  [6, `${words} --workspace damaged`],
]

/** By command; those of the table's other columns are `studies` and the like. */
export const experimentCases: Readonly<Record<string, ReadonlyArray<ExperimentCase>>> = {
  "experiments init": [
    [0, "experiments init new.yaml"],
    [2, "experiments init new.txt"],
    [5, "experiments init file/new.yaml"],
    [6, "experiments init taken.yaml"],
  ],
  "experiments plan": [
    [0, "experiments plan study.yaml"],
    [2, "experiments plan invalid.yaml"],
    ...ledger("experiments plan study.yaml"),
  ],
  "experiments run": [
    [0, `experiments run study.yaml ${bound} --workspace e0 --out e0-files`],
    [2, "experiments run study.yaml --workspace e2"],
    [3, `experiments run study.yaml ${failing} --workspace e3 --out e3-files`],
    [6, `experiments run study.yaml ${bound} --workspace e6 --out foreign`],
    ...ledger(`experiments run study.yaml ${bound} --out e5-files`),
  ],
  "experiments resume": [
    [0, "experiments resume --workspace e-failed --agent alpha=./alpha.mjs --on-change rerun"],
    [2, "experiments resume --nonsense"],
    [3, "experiments resume --workspace e-failed-2"],
    [6, "experiments resume r --workspace e-done --agent alpha=./failing.mjs"],
    [10, "experiments resume --workspace e-done"],
    ...ledger("experiments resume"),
  ],
  "experiments status": [
    [0, "experiments status --workspace e-done"],
    [2, "experiments status --nonsense"],
    [10, "experiments status --workspace nothing"],
    ...ledger("experiments status"),
  ],
  "experiments export": [
    [0, "experiments export --workspace e-done"],
    [2, "experiments export --nonsense"],
    [6, "experiments export r --workspace e-done --out foreign"],
    [10, "experiments export --workspace nothing"],
    ...ledger("experiments export"),
  ],
  "experiments bundle": [
    [0, "experiments bundle e-done-files"],
    [2, "experiments bundle absent"],
    [5, "experiments bundle e-done-files --out file/x.tar.gz"],
    [6, "experiments bundle e-done-files"],
    [12, "experiments bundle e-broken-files"],
  ],
  "experiments diff": [
    [0, "experiments diff e-done-files r --workspace e-done"],
    [2, "experiments diff study.yaml"],
    [10, "experiments diff e-done-files nobody --workspace e-done"],
    [12, "experiments diff e-done-files e-failed-2-files"],
    [5, "experiments diff e-done-files r --workspace blocked"],
    [6, "experiments diff e-done-files r --workspace damaged"],
  ],
  "experiments power": [
    [0, "experiments power starter.yaml --sd 1 --effect 2"],
    [2, "experiments power invalid.yaml"],
  ],
  "experiments analyze": [
    [0, "experiments analyze --workspace e-done --out e-analysis"],
    [2, "experiments analyze --nonsense"],
    [10, "experiments analyze --workspace nothing"],
    ...ledger("experiments analyze"),
  ],
  "experiments report": [
    [0, "experiments report --workspace e-done --out e-report"],
    [2, "experiments report --nonsense"],
    [10, "experiments report --workspace nothing"],
    ...ledger("experiments report"),
  ],
  "experiments validate": [
    [0, "experiments validate study.yaml"],
    [2, "experiments validate invalid.yaml"],
  ],
  "experiments design": [
    [0, "experiments design study.yaml"],
    [2, "experiments design invalid.yaml"],
    [5, "experiments design study.yaml --out file/x.csv"],
    [6, "experiments design study.yaml --out taken.yaml"],
  ],
  "experiments generate": [
    [0, 'experiments generate --factors {"a":[0,1]}'],
    [2, "experiments generate"],
    [5, 'experiments generate --factors {"a":[0,1]} --out file/x.csv'],
    [6, 'experiments generate --factors {"a":[0,1]} --out taken.yaml'],
  ],
}

/** Shown by tests of their own: two processes at once. */
export const experimentsElsewhere: Readonly<Record<string, ReadonlyArray<number>>> = {
  "experiments run": [11],
  "experiments resume": [11],
  "experiments export": [11],
}
