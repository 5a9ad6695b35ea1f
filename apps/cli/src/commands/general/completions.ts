/**
 * `heddle completions`: a script that teaches a shell the commands and flags.
 *
 * @layer app
 * @module
 */
import { shells } from "../../cli/completions.ts"
import type { CommandSpec } from "../../cli/Spec.ts"

export const completions: CommandSpec = {
  path: ["completions"],
  summary: "a completion script for bash, zsh, fish or PowerShell",
  positionals: [{ name: "SHELL", summary: shells.join(", "), required: true, choices: shells }],
  flags: [],
  exitCodes: [],
  examples: [
    { command: 'eval "$(heddle completions bash)"', note: "in ~/.bashrc" },
    { command: "heddle completions fish | source", note: "in config.fish" },
  ],
}
