/**
 * What the Runner costs per unit: trivial units, in memory and durable, against plain `Effect.forEach`, `p-map`, and a
 * Python `ThreadPoolExecutor` that does the predecessor's work per unit.
 *
 * @layer app
 * @module
 */
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as LedgerSqlite from "@heddle/core/node/LedgerSqlite"
import * as Plan from "@heddle/core/Plan"
import * as Runner from "@heddle/core/Runner"
import type { Ledger } from "@heddle/core/Ledger"
import * as Effect from "effect/Effect"
import type * as Layer from "effect/Layer"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import pMap from "p-map"
import { collectGarbage } from "../collectGarbage.ts"
import { childProcess, inProcess } from "../Contestant.ts"
import type { Contestant, Suite } from "../Suite.ts"

const units = 100_000
const durableUnits = 10_000
const concurrency = 8
const items = Array.from({ length: units }, (_, i) => i)
/** The work of every contestant: an async function that doubles a number. */
const double = async (i: number): Promise<number> => i * 2

const plans = new Map<number, Plan.Plan>()
const planOf = (count: number): Plan.Plan => {
  const known = plans.get(count)
  if (known !== undefined) return known
  const plan = Plan.make({
    kind: "bench",
    units: Array.from({ length: count }, (_, i) => ({ id: `unit-${i}`, input: i, fingerprint: `f${i}` })),
  })
  plans.set(count, plan)
  return plan
}

const runOurs = (count: number, ledger: Layer.Layer<Ledger, unknown>): Promise<number> =>
  Effect.runPromise(
    Runner.run(planOf(count), (unit) => Effect.promise(() => double(Number(unit.input))), { concurrency }).pipe(
      Effect.map((receipt) => receipt.units.reduce((sum, unit) => sum + (unit.value ?? 0), 0)),
      Effect.provide(ledger),
    ),
  )

const inMemory = (count: number): Contestant =>
  inProcess({ name: "Runner, memory", version: "workspace", run: () => runOurs(count, LedgerMemory.layer()) })

const durable = (count: number, durability: "normal" | "full" = "normal"): Contestant => {
  let folder = ""
  return inProcess({
    name: `Runner, SQLite ${durability}`,
    version: "workspace",
    before: () => {
      folder = mkdtempSync(join(tmpdir(), "heddle-bench-"))
    },
    run: () => runOurs(count, LedgerSqlite.layer({ path: join(folder, "ledger.sqlite"), durability })),
    after: () => {
      rmSync(folder, { recursive: true, force: true })
    },
  })
}

const pMapPeer = (count: number): Contestant =>
  inProcess({
    name: "p-map",
    version: "7.1.1",
    run: async () => (await pMap(items.slice(0, count), double, { concurrency })).reduce((sum, each) => sum + each, 0),
  })

const forEachPeer = (count: number): Contestant =>
  inProcess({
    name: "Effect.forEach",
    version: "4.1.0",
    run: () =>
      Effect.runPromise(
        Effect.map(
          Effect.forEach(items.slice(0, count), (i) => Effect.promise(() => double(i)), { concurrency }),
          (values) => values.reduce((sum, each) => sum + each, 0),
        ),
      ),
  })

const python = (count: number, mode: "memory" | "checkpoint"): Contestant =>
  childProcess({
    name: `ThreadPoolExecutor, ${mode}`,
    command: ["python3", fileURLToPath(new URL("../../peers/thread_pool.py", import.meta.url)), String(count), mode],
    versionCommand: ["python3", "--version"],
  })

/** How far the heap grows, after a collection, while 100,000 values go to a sink. */
const heapGrowthMb = async (): Promise<number> => {
  const folder = mkdtempSync(join(tmpdir(), "heddle-bench-"))
  const plan = planOf(units)
  collectGarbage()
  const before = process.memoryUsage().heapUsed
  let peak = before
  let seen = 0
  try {
    await Effect.runPromise(
      Runner.run(plan, (unit) => Effect.promise(() => double(Number(unit.input))), {
        concurrency,
        sink: {
          write: () =>
            Effect.sync(() => {
              if (++seen % 5_000 !== 0) return
              collectGarbage()
              peak = Math.max(peak, process.memoryUsage().heapUsed)
            }),
          finish: Effect.succeed([]),
        },
      }).pipe(Effect.provide(LedgerSqlite.layer({ path: join(folder, "ledger.sqlite") }))),
    )
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return (peak - before) / 1e6
}

/** The longest that a 1 ms timer is late while 100,000 units run that never leave the microtask queue. */
const timerDelayMs = async (): Promise<number> => {
  let last = performance.now()
  let worst = 0
  const timer = setInterval(() => {
    const now = performance.now()
    worst = Math.max(worst, now - last - 1)
    last = now
  }, 1)
  await runOurs(units, LedgerMemory.layer())
  clearInterval(timer)
  return Math.max(worst, performance.now() - last - 1)
}

export const suite: Suite = {
  name: "core",
  cases: [
    {
      name: "100k trivial units, in memory",
      items: units,
      ours: inMemory(units),
      peers: [pMapPeer(units), forEachPeer(units), python(units, "memory")],
    },
    { name: "100k trivial units, durable", items: units, ours: durable(units), peers: [pMapPeer(units)] },
    {
      name: "10k trivial units, both durable",
      items: durableUnits,
      ours: durable(durableUnits),
      peers: [python(durableUnits, "checkpoint")],
    },
    {
      name: "10k trivial units, power-cut durable",
      items: durableUnits,
      ours: durable(durableUnits, "full"),
      peers: [pMapPeer(durableUnits)],
    },
  ],
  probes: [
    { name: "heap growth with values to a sink", unit: "MB", limit: 16, measure: heapGrowthMb },
    { name: "longest delay of a 1 ms timer", unit: "ms", limit: 50, measure: timerDelayMs },
  ],
}
