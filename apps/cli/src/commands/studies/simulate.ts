/**
 * `heddle studies simulate`: serves a stand-in of the iMednet API with generated studies.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"

export const studiesSimulate: CommandSpec = {
  path: ["studies", "simulate"],
  summary: "serve a stand-in of the iMednet API with generated studies, until Ctrl-C",
  description: [
    "Prints its base URL on the first line of stdout. It listens on this machine only. It accepts the keys of IMEDNET_API_KEY and IMEDNET_SECURITY_KEY where both are set, else the two that it names. The same seed gives the same studies.",
  ],
  flags: [
    {
      name: "port",
      kind: "integer",
      min: 0,
      max: 65_535,
      summary: "port on 127.0.0.1; 0 takes a free one",
      fallback: "0",
    },
    { name: "studies", kind: "integer", min: 0, max: 100_000, summary: "how many studies there are", fallback: "12" },
    { name: "seed", kind: "text", placeholder: "TEXT", summary: "what the data is generated from", fallback: "demo" },
    {
      name: "faults",
      kind: "text",
      placeholder: "FILE",
      summary: "JSON script of faults: status, delay, truncated body, reset, 429, page loops",
      complete: "file",
    },
  ],
  exitCodes: [ExitCode.refused],
  examples: [
    { command: "heddle studies simulate --port 8080 --studies 50", note: "fifty studies on a port of your choice" },
    {
      command:
        "IMEDNET_BASE_URL=http://127.0.0.1:8080 IMEDNET_API_KEY=KEY-1234 IMEDNET_SECURITY_KEY=SEC-5678 heddle studies list",
      note: "ask it from another terminal",
    },
  ],
  load: () => import("./simulate.run.ts"),
}
