/**
 * `heddle studies list`: the studies that the credentials can see.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import type { CommandSpec } from "../../cli/Spec.ts"
import { registryEnvironment, registryFlags, selectionFlags } from "../flags.ts"

export const studiesList: CommandSpec = {
  path: ["studies", "list"],
  summary: "the studies that the credentials can see",
  flags: [...selectionFlags, ...registryFlags],
  environment: registryEnvironment,
  exitCodes: [ExitCode.partial, ExitCode.credentials, ExitCode.unreachable, ExitCode.nothing],
  examples: [
    { command: "heddle studies list", note: "a table; tab-separated where it is piped" },
    { command: "heddle studies list --json", note: "one JSON line per study" },
  ],
  load: () => import("./list.run.ts"),
}
