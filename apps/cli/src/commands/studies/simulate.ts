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
    "A fault file says what goes wrong: rules, each with the requests that it is for (method, path, study, resource, page, nth, times, per, probability; without any: all) and an action, a delay in delayMs, or both. A whole file, with which the first two requests for a list of subjects fail:",
    '{"rules":[{"match":{"resource":"subjects","times":2},"action":{"type":"status","status":500}}]}',
    'Other actions: gateway, respond, rateLimited, truncate, reset, stall, malformed, pageLoop, shrink, duplicate, inject, envelope, patch, echoSecrets. All of it is described under "Fault files" in the README of @heddle/imednet; faults.schema.json beside this command lets an editor check the file.',
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
    { name: "seed", kind: "text", valueName: "TEXT", summary: "what the data is generated from", fallback: "demo" },
    {
      name: "faults",
      kind: "text",
      valueName: "FILE",
      summary: "JSON file that says what goes wrong; its form is shown above",
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
    { command: "heddle studies simulate --faults faults.json", note: "let it fail as a file says" },
  ],
  load: () => import("./simulate.run.ts"),
}
