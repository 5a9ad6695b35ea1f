import { describe, expect, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import * as TestClock from "effect/testing/TestClock"
import * as Progress from "@heddle/core/Progress"
import type { Status } from "@heddle/core/Outcome"
import type { RunEvent } from "@heddle/core/RunEvent"

const started = (planned: number, options: { reused?: number; session?: number } = {}): RunEvent => ({
  type: "runStarted",
  session: options.session ?? 1,
  planned,
  reused: options.reused ?? 0,
  concurrency: 4,
  seed: "s",
  placement: "fibers",
})
const begins = (id: string, attempt = 1): RunEvent => ({ type: "unitStarted", id, attempt })
const ends = (id: string, status: Status = "succeeded"): RunEvent => ({
  type: "unitFinished",
  outcome: {
    id,
    label: id,
    status,
    attempts: 1,
    queuedMs: 0,
    runMs: 0,
    limitWaitMs: 0,
    retryWaitMs: 0,
    ...(status === "failed"
      ? { failure: { kind: "error" as const, tag: "Forbidden", message: `no ${id}`, retryable: false } }
      : {}),
  },
})
const retrying = (id: string, attempt: number): RunEvent => ({
  type: "unitRetrying",
  id,
  attempt,
  delayMs: 10,
  failure: { kind: "error", tag: "Busy", message: "busy", retryable: true },
})

/** A session of `planned` units of which `finished` end, one each `everyMs`, just before the beat. */
const paced = (planned: number, finished: number, everyMs: number, startMs = 0) => {
  const model = Progress.make()
  Progress.update(model, started(planned), startMs)
  for (let i = 1; i <= finished; i++) Progress.update(model, ends(`U${i}`), startMs + i * everyMs - 1)
  return model
}

describe("counts", () => {
  it("every outcome is counted under its own word, and only those that never started are not done", () => {
    const model = Progress.make()
    Progress.update(model, started(12, { reused: 3 }), 1_000)
    const statuses: ReadonlyArray<Status> = [
      "succeeded",
      "succeeded",
      "failed",
      "timedOut",
      "interrupted",
      "notStarted",
      "skipped",
    ]
    for (const [i, status] of statuses.entries()) Progress.update(model, ends(`U${i}`, status), 2_000)
    const snapshot = Progress.snapshot(model, 3_000)
    expect(snapshot.counts).toEqual({
      planned: 12,
      succeeded: 2,
      failed: 1,
      timedOut: 1,
      interrupted: 1,
      notStarted: 1,
      skipped: 1,
      reused: 3,
    })
    expect(snapshot).toMatchObject({ state: "running", total: 12, done: 9, remaining: 2, elapsedMs: 2_000 })
  })

  it("reused units that are announced and also listed count once", () => {
    const model = Progress.make()
    Progress.update(model, started(3, { reused: 1 }), 0)
    Progress.update(model, ends("A", "reused"), 1)
    expect(Progress.snapshot(model, 1).counts.reused).toBe(1)
    Progress.update(model, ends("B", "reused"), 1)
    expect(Progress.snapshot(model, 1).counts.reused).toBe(2)
  })

  it("the end's own counts win over what was seen", () => {
    const model = paced(5, 2, 10)
    const counts = { ...Progress.snapshot(model, 20).counts, succeeded: 4, notStarted: 1 }
    Progress.update(model, { type: "runFinished", status: "partial", counts }, 100)
    // Time stands still after the end.
    expect(Progress.snapshot(model, 9_999)).toMatchObject({
      state: "ended",
      status: "partial",
      counts: { succeeded: 4, notStarted: 1 },
      done: 4,
      remaining: 0,
      elapsedMs: 100,
      running: [],
    })
  })

  it("a resumed session begins anew: its own time, rate, retries and failures", () => {
    const model = Progress.make()
    Progress.update(model, started(10), 0)
    Progress.update(model, begins("A"), 0)
    Progress.update(model, ends("B", "failed"), 1)
    Progress.update(model, retrying("A", 1), 2)
    Progress.update(model, started(10, { reused: 6, session: 2 }), 5_000)
    expect(Progress.snapshot(model, 6_000)).toMatchObject({
      session: 2,
      done: 6,
      remaining: 4,
      elapsedMs: 1_000,
      retries: 0,
      runningCount: 0,
      failures: [],
      meanRatePerSecond: 0,
    })
  })
})

describe("running units", () => {
  it("the oldest are listed with their time; a second try keeps the first one's start", () => {
    const model = Progress.make({ labelOf: (id) => `Study ${id}` })
    Progress.update(model, started(50), 1_000)
    for (let i = 0; i < 30; i++) Progress.update(model, begins(`U${i}`), 1_000 + i)
    Progress.update(model, retrying("U1", 1), 1_100)
    Progress.update(model, retrying("U2", 1), 1_100)
    Progress.update(model, begins("U1", 2), 1_200)
    Progress.update(model, ends("U0"), 1_300)
    const snapshot = Progress.snapshot(model, 2_000)
    expect(snapshot.runningCount).toBe(29)
    expect(snapshot.running.length).toBe(Progress.runningMax)
    expect(snapshot.running.slice(0, 3)).toEqual([
      { id: "U1", label: "Study U1", attempt: 2, elapsedMs: 999, retrying: false },
      { id: "U2", label: "Study U2", attempt: 1, elapsedMs: 998, retrying: true },
      { id: "U3", label: "Study U3", attempt: 1, elapsedMs: 997, retrying: false },
    ])
    expect(snapshot.retries).toBe(2)
  })

  it("many units at a time are followed as well as few, in whatever order they end", () => {
    const model = Progress.make()
    Progress.update(model, started(500), 0)
    for (let i = 0; i < 200; i++) Progress.update(model, begins(`U${i}`), i)
    for (let i = 199; i >= 0; i -= 2) Progress.update(model, ends(`U${i}`), 1_000)
    for (let i = 0; i < 150; i += 2) Progress.update(model, ends(`U${i}`), 1_000)
    const { running, runningCount } = Progress.snapshot(model, 1_000)
    expect(runningCount).toBe(25)
    expect(running.map((unit) => unit.id)).toEqual(Array.from({ length: 20 }, (_, i) => `U${150 + 2 * i}`))
    expect(running[0]?.elapsedMs).toBe(850)
  })

  it("only the newest failures are kept, with bounded messages", () => {
    const model = Progress.make()
    Progress.update(model, started(50), 0)
    for (let i = 0; i < 9; i++) Progress.update(model, ends(`${"x".repeat(600)}${i}`, "failed"), i)
    const { failures } = Progress.snapshot(model, 10)
    expect(failures.map((failure) => failure.id.at(-1))).toEqual(["4", "5", "6", "7", "8"])
    expect(failures[0]?.message.length).toBe(Progress.failureMessageMax)
    expect(failures[0]?.tag).toBe("Forbidden")
  })
})

describe("rates and remaining time", () => {
  // By hand: 10 units in 5 s are 2 a second; 10 are left; 10 / 2 = 5 s.
  it("a steady run tells its rate and what is left", () => {
    const snapshot = Progress.snapshot(paced(20, 10, 500), 5_000)
    expect(snapshot.ratePerSecond).toBe(2)
    expect(snapshot.meanRatePerSecond).toBe(2)
    expect(snapshot.etaMs).toBe(5_000)
  })

  // By hand: one unit a minute, ten units, five done.
  it("slow units are measured over a longer window", () => {
    const snapshot = Progress.snapshot(paced(10, 5, 60_000), 300_000)
    expect(snapshot.etaMs).toBe(300_000)
    expect(snapshot.ratePerSecond).toBeCloseTo(1 / 60, 10)
  })

  it("the remaining time is withheld until 3 units and 2 s", () => {
    expect(Progress.snapshot(paced(20, 2, 1_500), 3_000).etaMs).toBe(undefined)
    expect(Progress.snapshot(paced(2_000, 190, 10), 1_900).etaMs).toBe(undefined)
    expect(Progress.snapshot(paced(2_000, 200, 10), 2_000).etaMs).toBe(18_000)
  })

  it("it is withheld right after a burst, and while nothing finishes", () => {
    const model = Progress.make()
    Progress.update(model, started(1_000), 0)
    for (let i = 0; i < 100; i++) Progress.update(model, ends(`U${i}`), 600_000 + i)
    expect(Progress.snapshot(model, 600_500).etaMs).toBe(undefined)
    expect(Progress.snapshot(model, 1_000_000).etaMs).toBe(undefined)
  })

  it("it is never more than 30 days", () => {
    expect(Progress.snapshot(paced(2_592_100, 20, 1_000), 20_000).etaMs).toBe(undefined)
    expect(Progress.snapshot(paced(2_592_020, 20, 1_000), 20_000).etaMs).toBe(Progress.etaMaxMs)
  })

  it("reused, skipped and never started units do not count into a rate", () => {
    const model = Progress.make()
    Progress.update(model, started(5_000, { reused: 1_000 }), 0)
    for (let i = 0; i < 1_000; i++) Progress.update(model, ends(`S${i}`, i % 2 === 0 ? "skipped" : "notStarted"), 100)
    for (let i = 1; i <= 10; i++) Progress.update(model, ends(`U${i}`), i * 1_000)
    const snapshot = Progress.snapshot(model, 10_000)
    expect(snapshot.meanRatePerSecond).toBe(1)
    expect(snapshot.ratePerSecond).toBe(1)
    expect(snapshot.etaMs).toBe(2_990_000)
  })

  // 10 a second for 100 s, then 1 a second for 60 s: the last half minute alone says 1.
  it("the rate follows a change within half a minute, the mean does not", () => {
    const model = Progress.make()
    Progress.update(model, started(5_000), 0)
    for (let i = 1; i <= 1_000; i++) Progress.update(model, ends(`A${i}`), i * 100)
    for (let i = 1; i <= 60; i++) Progress.update(model, ends(`B${i}`), 100_000 + i * 1_000)
    const snapshot = Progress.snapshot(model, 160_000)
    expect(snapshot.ratePerSecond).toBeGreaterThan(0.9)
    expect(snapshot.ratePerSecond).toBeLessThan(1.1)
    expect(snapshot.meanRatePerSecond).toBe(1_060 / 160)
  })

  it("a clock that is set back breaks nothing", () => {
    const model = paced(20, 10, 500, 100_000)
    Progress.update(model, ends("BACK"), 50_000)
    const snapshot = Progress.snapshot(model, 40_000)
    expect(snapshot.elapsedMs).toBe(0)
    expect(Number.isFinite(snapshot.ratePerSecond)).toBe(true)
  })

  it.prop(
    "whatever happens when, a snapshot is well-formed, sane and the same for the same events",
    [
      Schema.Array(
        Schema.Struct({
          gapMs: Schema.Int.check(Schema.isBetween({ minimum: -1_000, maximum: 100_000_000 })),
          status: Schema.Literals([
            "succeeded",
            "failed",
            "timedOut",
            "interrupted",
            "skipped",
            "notStarted",
            "reused",
          ]),
        }),
      ),
    ],
    ([steps]) => {
      const replay = () => {
        const model = Progress.make()
        Progress.update(model, started(steps.length + 3), 0)
        let atMs = 0
        for (const [i, step] of steps.entries()) {
          Progress.update(model, begins(`U${i}`), atMs)
          atMs += step.gapMs
          Progress.update(model, ends(`U${i}`, step.status), atMs)
        }
        return Progress.snapshot(model, Math.max(0, atMs))
      }
      const snapshot = replay()
      expect(
        Schema.decodeUnknownSync(Schema.toCodecJson(Progress.Snapshot))(JSON.parse(JSON.stringify(snapshot))),
      ).toEqual(snapshot)
      expect(replay()).toEqual(snapshot)
      expect(snapshot.ratePerSecond).toBeGreaterThanOrEqual(0)
      expect(snapshot.etaMs ?? 0).toBeLessThanOrEqual(Progress.etaMaxMs)
      expect(snapshot.done + snapshot.remaining + snapshot.counts.notStarted).toBe(steps.length + 3)
    },
  )

  it("memory stays bounded over a million units and a year", () => {
    const model = Progress.make()
    const observe = Progress.observer(model)
    observe(started(1_000_000), 0)
    for (let i = 0; i < 1_000_000; i++) {
      observe(begins(`U${i}`), i * 31_536)
      observe(ends(`U${i}`, i % 2 === 0 ? "failed" : "succeeded"), i * 31_536)
    }
    expect([model.running.size, model.attempts.size, model.failures.length]).toEqual([0, 0, Progress.failuresMax])
    for (let i = 0; i < 20_000; i++) observe(begins(`LOST${i}`), 0)
    expect(model.running.size).toBe(Progress.runningTrackedMax)
  })
})

describe("changes", () => {
  it.effect("a snapshot at once, one after each interval, a last one when the run ends, and no more", () =>
    Effect.gen(function* () {
      const model = Progress.make()
      const seen: Array<readonly [number, string]> = []
      const fiber = yield* Effect.forkChild(
        Stream.runForEach(Progress.changes(model, { intervalMs: 100 }), (snapshot) =>
          Effect.sync(() => void seen.push([snapshot.atMs, snapshot.state])),
        ),
      )
      yield* TestClock.adjust(50)
      Progress.update(model, started(1), 50)
      yield* TestClock.adjust(175)
      // The end comes between two ticks and is told at once.
      Progress.update(model, ends("A"), 225)
      const { counts } = Progress.snapshot(model, 225)
      Progress.update(model, { type: "runFinished", status: "succeeded", counts }, 225)
      yield* Fiber.join(fiber)
      expect(seen).toEqual([
        [0, "waiting"],
        [100, "running"],
        [200, "running"],
        [225, "ended"],
      ])
      expect(model.onEnd.size).toBe(0)
    }),
  )

  it.effect("a run that ends without saying so ends the stream too", () =>
    Effect.gen(function* () {
      const model = paced(3, 1, 10)
      Progress.end(model, 40)
      const seen = yield* Stream.runCollect(Progress.changes(model))
      expect([...seen].map((snapshot) => [snapshot.state, snapshot.status])).toEqual([["ended", undefined]])
    }),
  )
})
