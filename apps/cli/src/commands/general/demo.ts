/**
 * `heddle demo`: a real run over generated studies, served on this machine, with two studies broken on purpose; and an
 * experiment by design.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const demo: CommandSpec = {
  path: ["demo"],
  summary: "a real run over twelve generated studies on this machine, two of them broken on purpose, and an experiment",
  description: [
    "Starts the stand-in of the iMednet API on a free port of this machine, runs enrollment and open-queries over its studies with the commands that everybody uses, and stops it. Then it runs an experiment by design over a built-in benchmark: 2 x 2 conditions, 3 replicates. It exits with 0 although two studies fail, because that was announced.",
  ],
  flags: [
    {
      name: "faults",
      kind: "text",
      valueName: "FILE",
      summary: 'another fault script; "none" breaks nothing',
      fallback: "the built-in one",
      complete: "file",
    },
    {
      name: "resume",
      kind: "text",
      valueName: "RUN_ID",
      summary: "run only what failed in an earlier demo run, with nothing broken",
    },
    { name: "seed", kind: "text", valueName: "TEXT", summary: "what the data is generated from", fallback: "demo" },
  ],
  opening: "heddle demo: a real run over generated studies, on this machine only",
  exitCodes: [ExitCode.partial, ExitCode.unreachable, ExitCode.nothing],
  examples: [
    { command: "heddle demo", note: "the show" },
    { command: "heddle demo --faults none", note: "the same without the two broken studies" },
  ],
  load: () => import("./demo.run.ts"),
}
