/**
 * `heddle experiments generate`: a design table alone, without a study.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const experimentsGenerate: CommandSpec = {
  path: ["experiments", "generate"],
  summary: "a design table from factors alone, as CSV or JSON lines",
  description: [
    'Factors are a JSON map from each name to its levels (full, frac2 and the designs of our own) or to its bounds (lhs): \'{"x":[0,1],"y":[10,20]}\'. full, lhs and frac2 give the table of the predecessor for the same seed; every kind of design that a study can have is known too, with its options as --option NAME=VALUE.',
  ],
  flags: [
    {
      name: "kind",
      kind: "text",
      valueName: "KIND",
      summary: "full, lhs, frac2, or a kind of design by its full name",
      fallback: "full",
    },
    { name: "factors", kind: "text", valueName: "JSON", summary: "the factors, as a JSON map" },
    { name: "factors-json", kind: "text", valueName: "JSON", summary: "the same under the predecessor's name" },
    {
      name: "factor",
      kind: "text",
      valueName: "NAME=V1,V2",
      repeatable: true,
      summary: "one factor with its levels, instead of --factors",
    },
    { name: "n-samples", kind: "integer", min: 1, max: 200_000, summary: "rows of a space-filling design" },
    { name: "samples", kind: "integer", min: 1, max: 200_000, summary: "the same, shorter" },
    {
      name: "seed",
      kind: "text",
      valueName: "WHOLE",
      summary: "what random order and samples are drawn from",
      fallback: "0",
    },
    {
      name: "center-points",
      kind: "integer",
      min: 0,
      max: 10_000,
      summary: "rows in the middle of all factors",
      fallback: "0",
    },
    { name: "replicates", kind: "integer", min: 1, max: 10_000, summary: "how often each row occurs", fallback: "1" },
    { name: "randomize", kind: "boolean", summary: "put the rows in random order; so unless --no-randomize is given" },
    { name: "no-randomize", kind: "boolean", summary: "keep the rows in standard order" },
    {
      name: "block-randomization-key",
      kind: "text",
      valueName: "FACTOR",
      summary: "random order only within each value of this factor",
    },
    { name: "backend", kind: "text", valueName: "NAME", summary: "who makes the table", fallback: "stdlib" },
    {
      name: "option",
      kind: "text",
      valueName: "NAME=VALUE",
      repeatable: true,
      summary: "an option of the kind, such as resolution=5; VALUE is JSON, or a text where it is none",
    },
    {
      name: "out",
      kind: "text",
      valueName: "FILE",
      summary: "write the CSV to this file, which must not exist, instead of stdout",
      complete: "file",
    },
  ],
  exitCodes: [ExitCode.refused, ExitCode.unreachable],
  examples: [
    {
      command: `heddle experiments generate --kind lhs --factors '{"x":[0,1],"y":[10,20]}' --samples 8`,
      note: "eight points, one in each row and column of a grid",
    },
    {
      command:
        "heddle experiments generate --kind fractional_factorial --factor a=0,1 --factor b=0,1 --factor c=0,1 --option resolution=3",
      note: "half of a 2^3 design",
    },
  ],
  load: () => import("./generate.run.ts"),
}
