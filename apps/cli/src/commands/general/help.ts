/**
 * `heddle help`: pages about commands and topics.
 *
 * @layer app
 * @module
 */
import type { CommandSpec } from "../../cli/Spec.ts"

export const help: CommandSpec = {
  path: ["help"],
  summary: "help on a command (heddle help studies run) or on exit-codes",
  positionals: [
    { name: "TOPIC", summary: "exit-codes, an area, or a command", required: false },
    { name: "VERB", summary: "the verb of an area", required: false },
  ],
  flags: [],
  exitCodes: [],
  examples: [
    { command: "heddle help exit-codes", note: "what each exit code means" },
    { command: "heddle help studies run", note: "the same as heddle studies run --help" },
  ],
}
