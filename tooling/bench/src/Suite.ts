/**
 * What a benchmark suite is made of: cases, and in each case our program and its peers doing the same work.
 *
 * A file `src/suites/<name>.ts` exports `const suite: Suite`. The harness opens ours and one peer, compares what both
 * answer, and only then times them in turn (ours, peer, peer, ours, …) in one call, so that a busy machine slows both.
 *
 * ```ts
 * export const suite: Suite = {
 *   name: "core",
 *   cases: [{
 *     name: "100k trivial units, in memory",
 *     items: 100_000,
 *     ours: inProcess({ name: "Runner layerMemory", version: "0.1.0", run: () => runOurs() }),
 *     peers: [
 *       inProcess({ name: "p-map", version: "7.1.1", run: () => pMap(items, work, { concurrency: 8 }) }),
 *       childProcess({ name: "ThreadPoolExecutor", command: ["python3", "peers/thread_pool.py"], versionCommand: ["python3", "--version"] })
 *     ]
 *   }]
 * }
 * ```
 *
 * @layer contract
 * @module
 */

/** One timed turn: how long the work alone took, and what it answered. */
export interface Sample {
  /** Time of the work alone, without set-up or the messages between processes, in milliseconds. */
  readonly elapsedMs: number
  /** What the work answered. Compared with the other side's answer before anything is timed; must survive JSON for child processes. */
  readonly result: unknown
}

/** A contestant that is ready to run. */
export interface Session {
  /** Shown beside the figures, such as `7.1.1` or `Python 3.11.2`. */
  readonly version: string
  /** Does the work once. */
  readonly run: () => Promise<Sample>
  /** Ends child processes and removes temporary files. Called once, also after a failure. */
  readonly close: () => Promise<void>
}

/** A contestant that is not on this machine: named in the output, and its case skipped. */
export interface Missing {
  /** Why it cannot run and what would bring it, in one sentence. */
  readonly missing: string
}

/** One side of a case. Make it with `inProcess` or `childProcess`, or by hand. */
export interface Contestant {
  readonly name: string
  /** How it is called, as one would type it; for a function in this process, a short description. */
  readonly command: string
  readonly open: () => Promise<Session | Missing>
}

/** The same work done by us and by each peer. */
export interface Case {
  readonly name: string
  readonly ours: Contestant
  readonly peers: ReadonlyArray<Contestant>
  /** How many items one turn works through; shown as time per item. */
  readonly items?: number
  /** Timed rounds; each runs ours once and the peer once. Default 5. */
  readonly rounds?: number
  /** Rounds before the timed ones. Default 1. */
  readonly warmupRounds?: number
  /** No further round begins once the peer's turns took so long together; `n` says how many were made. */
  readonly peerBudgetMs?: number
  /** Which figure of the rounds is taken: the median, or the minimum where other programs share the machine. Default median. */
  readonly figure?: "median" | "minimum"
  /** The peer takes minutes: the turn in which answers are compared is also its only timed one. */
  readonly once?: boolean
  /** The ratio that must be reached. */
  readonly floor?: number
  /** What else the figure says, shown beside the case; asked once ours is timed. */
  readonly detail?: (oursMs: number) => string
  /** Says what differs between the two answers, or nothing where they agree. Default: deep equality. */
  readonly compare?: (ours: unknown, peer: unknown) => string | undefined
}

/** A figure of our own without a peer, such as the growth of the heap or the longest delay of a timer. */
export interface Probe {
  readonly name: string
  /** Such as `MB` or `ms`. */
  readonly unit: string
  /** The value that the median must not exceed; absent where it is only reported. */
  readonly limit?: number
  /** Default 3. */
  readonly rounds?: number
  /** Gives nothing where the figure does not apply on this machine. */
  readonly measure: () => Promise<number | undefined>
}

export interface Suite {
  /** Same as the file's name. */
  readonly name: string
  readonly cases: ReadonlyArray<Case>
  readonly probes?: ReadonlyArray<Probe>
}
