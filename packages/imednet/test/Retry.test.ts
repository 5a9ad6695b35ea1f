import { assert, describe, it } from "@effect/vitest"
import { CurrentUnit } from "@heddle/core/CurrentUnit"
import { Effect, Fiber, Layer, Random, Ref, Stream } from "effect"
import { HttpClient, HttpClientResponse } from "effect/http"
import { TestClock } from "effect/testing"
import { Imednet } from "../src/Imednet.ts"
import { ImednetConfig, type ImednetOptions } from "../src/ImednetConfig.ts"
import { jitteredMs, retryAfterMs } from "../src/internal/retryDelay.ts"

/** The client over answers without a network, so that the clock of the test is the only one. */
const over = (answer: (url: URL) => Effect.Effect<Response>, options: Partial<ImednetOptions> = {}) =>
  Imednet.layer.pipe(
    Layer.provide([
      Layer.succeed(
        HttpClient.HttpClient,
        HttpClient.make((request, url) =>
          Effect.map(answer(url), (response) => HttpClientResponse.fromWeb(request, response)),
        ),
      ),
      ImednetConfig.layer({ apiKey: "KEY-1234", securityKey: "SEC-5678", ...options }),
    ]),
  )

const waits = (notes: Array<number>) =>
  Effect.provideService(CurrentUnit, {
    unit: undefined,
    runId: "run",
    attempt: 1,
    beginWait: () => () => {},
    note: (_, data) =>
      Effect.sync(() => {
        if (typeof data === "object" && data !== null && "ms" in data && typeof data.ms === "number")
          notes.push(data.ms)
      }),
    spend: () => Effect.void,
  })

const list = Effect.gen(function* () {
  return yield* Stream.runCollect((yield* Imednet).studies.list())
})

describe("the retry schedule", () => {
  it.effect("waits are drawn from 0 to base × 2ⁿ, kept below the bound, and really waited", () =>
    Effect.gen(function* () {
      const all: Array<ReadonlyArray<number>> = []
      for (let seed = 0; seed < 50; seed++) {
        const notes: Array<number> = []
        const sent: Array<number> = []
        const fiber = yield* list.pipe(
          Effect.flip,
          waits(notes),
          Effect.provide(
            over(
              () =>
                Effect.map(
                  TestClock.testClockWith((clock) => Effect.succeed(clock.currentTimeMillisUnsafe())),
                  (now) => {
                    sent.push(now)
                    return new Response("", { status: 500 })
                  },
                ),
              { retry: { retriesMax: 5, baseDelayMs: 500, delayMaxMs: 3_000 } },
            ),
          ),
          Random.withSeed(`seed ${seed}`),
          Effect.forkChild,
        )
        yield* TestClock.adjust("1 minute")
        const error = yield* Fiber.join(fiber)
        assert.strictEqual("attempts" in error && error.attempts, 6)
        assert.deepStrictEqual(
          sent.slice(1).map((at, index) => at - sent[index]!),
          notes,
        )
        all.push(notes)
      }
      // 500, 1000, 2000, then the bound: by hand from base and bound.
      for (const [n, most] of [500, 1000, 2000, 3000, 3000].entries()) {
        const drawn = all.map((notes) => notes[n]!)
        assert.isTrue(drawn.every((ms) => ms >= 0 && ms <= most))
        // Full jitter uses the whole range: among 50 draws some are in either half.
        assert.isTrue(drawn.some((ms) => ms < most / 2) && drawn.some((ms) => ms > most / 2))
      }
    }),
  )

  it.effect("a wait over the cap is not waited, whatever the bound of elapsed time; one at the cap is", () =>
    Effect.gen(function* () {
      const sent: Array<string> = []
      const asking = (retryAfter: string) =>
        over(
          () =>
            Effect.sync(() => {
              sent.push(retryAfter)
              return new Response("", { status: 429, headers: { "retry-after": retryAfter } })
            }),
          { retry: { retriesMax: 1 } },
        )
      const error = yield* Effect.flip(list.pipe(Effect.provide(asking("61"))))
      assert.deepStrictEqual(error.reason, { _tag: "RateLimited", retryAfterSec: 61 })
      const fiber = yield* list.pipe(Effect.flip, Effect.provide(asking("60")), Effect.forkChild)
      yield* TestClock.adjust("61 seconds")
      yield* Fiber.join(fiber)
      assert.deepStrictEqual(sent, ["61", "60", "60"])
    }),
  )

  it("full jitter is a part of the doubling bound", () => {
    assert.strictEqual(jitteredMs(0, 10, 1_000, 0), 0)
    assert.strictEqual(jitteredMs(0, 10, 1_000, 0.999), 10)
    assert.strictEqual(jitteredMs(3, 10, 1_000, 0.5), 40)
    assert.strictEqual(jitteredMs(1_000, 10, 1_000, 0.5), 500)
  })

  it("Retry-After is seconds or an HTTP date", () => {
    const now = Date.UTC(2026, 0, 1, 0, 0, 0)
    const cases: ReadonlyArray<readonly [string | undefined, number | undefined]> = [
      ["0", 0],
      ["120", 120_000],
      [" 7 ", 7_000],
      ["Thu, 01 Jan 2026 00:00:05 GMT", 5_000],
      ["Wed, 31 Dec 2025 23:59:59 GMT", undefined],
      ["soon", undefined],
      ["-1", undefined],
      ["1.5", undefined],
      ["", undefined],
      [undefined, undefined],
    ]
    for (const [header, expected] of cases) assert.strictEqual(retryAfterMs(header, undefined, now), expected, header)
    assert.strictEqual(retryAfterMs("Thu, 01 Jan 2026 01:00:05 GMT", "Thu, 01 Jan 2026 01:00:00 GMT", now), 5_000)
  })
})

describe("bounds of time", () => {
  const page = (url: URL) => {
    const currentPage = Number(url.searchParams.get("page"))
    return Response.json({
      metadata: { status: "OK" },
      pagination: { currentPage, size: 1, totalPages: 3, totalElements: 3 },
      data: [{ studyKey: `S${currentPage}` }],
    })
  }

  it.effect("the time of a listing counts what is spent fetching, not what is done with the items", () =>
    Effect.gen(function* () {
      const read = yield* Ref.make(0)
      const fiber = yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        yield* Stream.runForEach(imednet.studies.list(), () =>
          Effect.andThen(
            Effect.sleep("10 minutes"),
            Ref.update(read, (n) => n + 1),
          ),
        )
      }).pipe(
        Effect.provide(
          over(
            (url) =>
              Effect.delay(
                Effect.sync(() => page(url)),
                "1 second",
              ),
            { streamTimeoutMs: 5_000 },
          ),
        ),
        Effect.forkChild,
      )
      yield* TestClock.adjust("1 hour")
      yield* Fiber.join(fiber)
      assert.strictEqual(yield* Ref.get(read), 3)
    }),
  )

  it.effect("a listing that spends more than its bound ends as StreamTimeout with the pages that were read", () =>
    Effect.gen(function* () {
      const fiber = yield* list.pipe(
        Effect.flip,
        Effect.provide(
          over(
            (url) =>
              Effect.delay(
                Effect.sync(() => page(url)),
                "2 seconds",
              ),
            { streamTimeoutMs: 5_000 },
          ),
        ),
        Effect.forkChild,
      )
      yield* TestClock.adjust("1 hour")
      const error = yield* Fiber.join(fiber)
      assert.deepStrictEqual(error.reason, { _tag: "StreamTimeout", timeoutMs: 5_000, pages: 2 })
    }),
  )

  it.effect("the default rate is ten a second after a burst of twenty", () =>
    Effect.gen(function* () {
      const sent: Array<number> = []
      const fiber = yield* Effect.gen(function* () {
        const imednet = yield* Imednet
        yield* Effect.forEach(Array.from({ length: 40 }), () => imednet.studies.count(), { concurrency: 40 })
      }).pipe(
        Effect.provide(
          over((url) =>
            TestClock.testClockWith((clock) =>
              Effect.sync(() => {
                sent.push(clock.currentTimeMillisUnsafe())
                return page(url)
              }),
            ),
          ),
        ),
        Effect.forkChild,
      )
      yield* TestClock.adjust("1 minute")
      yield* Fiber.join(fiber)
      const startMs = sent[0]!
      // By hand: 20 at once, then one each 100 ms.
      assert.deepStrictEqual(
        sent.map((at) => at - startMs),
        Array.from({ length: 40 }, (_, index) => (index < 20 ? 0 : (index - 19) * 100)),
      )
    }),
  )
})
