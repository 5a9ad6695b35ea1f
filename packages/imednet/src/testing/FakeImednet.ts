/**
 * The server as the demo shows it: twelve studies a person can look through, small delays so that progress is seen, and
 * a fault script that breaks two of them. Without the script all twelve succeed.
 *
 * @layer contract
 * @module
 */
import type { FaultScript } from "./Faults.ts"

/** Options of the demo's server. @category constants */
export const demo = {
  seed: 12,
  size: "demo",
  latencyMs: [20, 80],
  entries: [
    { key: "AURORA", name: "AURORA: mitral repair in heart failure" },
    { key: "BEACON", name: "BEACON: early stroke imaging registry" },
    { key: "CEDAR", name: "CEDAR: home dialysis, a randomized trial" },
    { key: "DUNE", name: "DUNE: ultraviolet therapy in psoriasis" },
    { key: "EMBER", name: "EMBER: burn dressing, first in human" },
    { key: "FJORD", name: "FJORD: cold preservation of kidneys" },
    { key: "GLADE", name: "GLADE: asthma in school children" },
    { key: "HARBOR", name: "HARBOR: coronary lithoplasty follow-up" },
    { key: "ISLET", name: "ISLET: closed-loop insulin in adults" },
    { key: "JUNIPER", name: "JUNIPER: sleep and blood pressure" },
    { key: "KESTREL", name: "KESTREL: corneal implant safety" },
    { key: "LAGOON", name: "LAGOON: wound irrigation, cluster trial" },
  ],
} as const

/** What goes wrong in the demo: one study is locked, one has a broken server behind it. @category constants */
export const demoFaults: FaultScript = {
  seed: 12,
  rules: [
    {
      name: "EMBER: the key has no access to the subjects",
      match: { study: "EMBER", resource: ["subjects", "queries"] },
      action: { type: "gateway", status: 403 },
    },
    {
      name: "ISLET: the service behind it fails",
      match: { study: "ISLET", resource: ["subjects", "queries"] },
      action: { type: "status", status: 500 },
    },
  ],
}
