/**
 * Tests against programs that nobody here wrote: scikit-image as Debian packages it, and Chromium. They are installed where
 * the machine is a Debian and lets us; where it does not, the step says what was not run, and runs the rest.
 *
 * @module
 */
import { spawnSync } from "node:child_process"
import { StepFailure, type CheckContext } from "./Run.ts"

interface Peer {
  /** Debian's package. */
  readonly debian: string
  /** Ends with 0 where the program is there. */
  readonly probe: readonly [string, ...ReadonlyArray<string>]
  /** The test files that need it. */
  readonly tests: ReadonlyArray<string>
}

const python = process.env["HEDDLE_PEER_PYTHON"] ?? "/usr/bin/python3"

const peers: ReadonlyArray<Peer> = [
  {
    debian: "python3-skimage",
    probe: [python, "-c", "import skimage"],
    tests: ["intensity", "morphology", "filters", "objects", "skeleton", "registration"],
  },
  { debian: "chromium", probe: ["chromium", "--version"], tests: ["browser"] },
]

const installTimeoutMs = 5 * 60_000

const isThere = ({ probe: [file, ...args] }: Peer): boolean =>
  spawnSync(file, args, { stdio: "ignore", timeout: 60_000 }).status === 0

const apt = (...args: ReadonlyArray<string>): boolean =>
  spawnSync("apt-get", ["-y", ...args], {
    stdio: "ignore",
    timeout: installTimeoutMs,
    env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
  }).status === 0

/** Brings the peers that are missing; gives those that could not be had. */
const withoutPeers = (): ReadonlyArray<Peer> => {
  const missing = peers.filter((peer) => !isThere(peer))
  if (missing.length === 0 || process.getuid?.() !== 0) return missing
  const install = (): boolean => apt("install", "--no-install-recommends", ...missing.map(({ debian }) => debian))
  // An image's package lists are often left out: they are asked for only where they are needed.
  if (!install() && apt("update")) install()
  return missing.filter((peer) => !isThere(peer))
}

/** Runs the tests of the peers that are there; a word on how many, and on what was not run. */
export const checkPeers = ({ run }: Pick<CheckContext, "run">): string => {
  const lacking = withoutPeers()
  const tests = peers.filter((peer) => !lacking.includes(peer)).flatMap((peer) => peer.tests)
  const left = lacking.map(({ debian }) => `NOT RUN: ${debian} is not on this machine and could not be installed`)
  if (tests.length === 0) return left.join("; ")
  const output = run(["vitest", "run", "--config", "packages/imaging/vitest.peers.config.ts", ...tests])
  const [, passed, failed] = /(\d+) passed, (\d+) failed/.exec(output) ?? []
  if (passed === undefined || failed !== "0" || passed === "0") throw new StepFailure("no count of tests", output)
  return [`${passed} tests`, ...left].join("; ")
}
