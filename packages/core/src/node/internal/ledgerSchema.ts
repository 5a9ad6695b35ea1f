/**
 * The tables of a ledger file and the steps that bring an older file up to date. A step that was released is never
 * edited: what changes later is a new step at the end.
 *
 * @layer adapter
 * @module
 */

/** Marks a SQLite file as a ledger of Heddle: `HDLG` in its header, where `file` and `sqlite3` show it. */
export const applicationId = 0x48444c47

/**
 * Rows of `units` and `events` have one number: the run's number times this, plus the position of their first unit or the
 * `seq` of their first event. So both tables grow at their end, and need no index. 2^32 events a run and 2^21 runs a
 * file keep it exact in a JavaScript number.
 */
export const rowsPerRun = 2 ** 32
/** Runs that one file can hold. */
export const runsMax = 2 ** 21 - 1

/**
 * Step `n` brings a file of version `n` to `n + 1`; an empty file has version 0.
 *
 * What a commit costs is pages and statements, so it writes one row: all its events, what they say about units, and the
 * counts after them.
 *
 * - `runs`: `last_seq`, `updated_at_ms` and the counts stand here as of some commit; where `events` has later rows, the
 *   last of them tells. `generation` goes up with each plan. Events up to `folded_seq` were of earlier plans.
 * - `units.body`: the units of a stretch of the plan, as a JSON array, with its CRC-32.
 * - `events.at_ms`: time of the row's last event. `marks`: which units its events are about, and the counts after it;
 *   see `ledgerMarks.ts`. `body`: the events; see `ledgerText.ts`. `crc`: CRC-32 of number, time and text. It is
 *   checked when it is read: a bit that flipped is an error, not another number.
 * - `states`: what earlier plans knew of each unit, by id; written when a plan is replaced. `position` is its place in
 *   the plan of now, nothing where that has it no more. `fingerprint` is set only where it ended under another one than
 *   the plan has now.
 * - `leases.held`: 0 when given back; the row stays, so that `fencing` never goes down.
 */
export const migrations: ReadonlyArray<string> = [
  `
  CREATE TABLE runs (
    no INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    plan_hash TEXT NOT NULL,
    created_at_ms REAL NOT NULL,
    seed TEXT NOT NULL,
    generation INTEGER NOT NULL DEFAULT 1,
    sessions INTEGER NOT NULL DEFAULT 0,
    ended TEXT,
    last_seq INTEGER NOT NULL DEFAULT 0,
    folded_seq INTEGER NOT NULL DEFAULT 0,
    updated_at_ms REAL NOT NULL,
    planned INTEGER NOT NULL,
    succeeded INTEGER NOT NULL DEFAULT 0,
    failed INTEGER NOT NULL DEFAULT 0,
    timed_out INTEGER NOT NULL DEFAULT 0,
    interrupted INTEGER NOT NULL DEFAULT 0,
    not_started INTEGER NOT NULL DEFAULT 0,
    skipped INTEGER NOT NULL DEFAULT 0,
    reused INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX runs_newest ON runs (created_at_ms, no);
  CREATE TABLE plans (
    run INTEGER PRIMARY KEY,
    kind TEXT NOT NULL,
    params TEXT NOT NULL,
    code TEXT NOT NULL
  ) STRICT;
  CREATE TABLE units (
    key INTEGER PRIMARY KEY,
    body TEXT NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE states (
    run INTEGER NOT NULL,
    id TEXT NOT NULL,
    position INTEGER,
    started INTEGER NOT NULL DEFAULT 0,
    status TEXT,
    outcome_seq INTEGER,
    fingerprint TEXT,
    PRIMARY KEY (run, id)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE events (
    key INTEGER PRIMARY KEY,
    at_ms REAL NOT NULL,
    marks BLOB NOT NULL,
    body TEXT NOT NULL,
    crc INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE leases (
    key TEXT PRIMARY KEY,
    held INTEGER NOT NULL,
    fencing INTEGER NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    started_at_ms REAL NOT NULL,
    user TEXT NOT NULL,
    acquired_at_ms REAL NOT NULL,
    heartbeat_at_ms REAL NOT NULL,
    expires_at_ms REAL NOT NULL
  ) STRICT, WITHOUT ROWID;
  `,
]
