import { describe, expect, it } from "@effect/vitest"
import { Effect, Exit, Fiber, Scope } from "effect"
import { TestClock } from "effect/testing"
import { spawn } from "node:child_process"
import * as Lease from "../src/Lease.ts"
import { Ledger, LedgerError, type LedgerShape, ProcessIdentity } from "../src/Ledger.ts"
import * as LedgerMemory from "../src/LedgerMemory.ts"
import * as NodeIdentity from "../src/node/ProcessIdentity.ts"
import { owner, reasonOf } from "./LedgerSuite.ts"

const busy = new LedgerError({
  reason: { _tag: "Storage", location: "memory", operation: "renew lease", problem: "busy", kind: "busy" },
})

/** A ledger whose renewals fail while `fails()` says so. */
const faulty = (fails: () => boolean): LedgerShape => {
  const ledger = LedgerMemory.make()
  return {
    ...ledger,
    leases: {
      ...ledger.leases,
      renew: (lease, ttlMs) => Effect.suspend(() => (fails() ? Effect.fail(busy) : ledger.leases.renew(lease, ttlMs))),
    },
  }
}

describe("Lease", () => {
  it.effect("is held in the name of this process, kept alive by its heart, and given back with the scope", () =>
    Effect.gen(function* () {
      const { leases } = yield* Ledger
      const scope = yield* Scope.make()
      const lease = yield* Lease.hold("k").pipe(Scope.provide(scope))
      expect(lease.record()).toEqual({
        key: "k",
        owner: owner(5),
        acquiredAtMs: 0,
        heartbeatAtMs: 0,
        expiresAtMs: 30_000,
        fencing: 1,
      })
      yield* TestClock.adjust(4_999)
      expect(lease.record().heartbeatAtMs).toBe(0)
      yield* TestClock.adjust(1)
      expect(lease.record()).toMatchObject({ heartbeatAtMs: 5_000, expiresAtMs: 35_000, acquiredAtMs: 0 })
      expect(yield* leases.inspect("k")).toEqual(lease.record())
      yield* TestClock.adjust("10 minutes")
      expect((yield* reasonOf(Effect.scoped(Lease.hold("k"))))._tag).toBe("LeaseHeld")
      yield* Scope.close(scope, Exit.void)
      expect(yield* leases.inspect("k")).toBeUndefined()
      const beats = lease.record().heartbeatAtMs
      yield* TestClock.adjust("1 minute")
      expect(lease.record().heartbeatAtMs).toBe(beats)
      expect((yield* Effect.scoped(Lease.hold("k"))).record().fencing).toBe(2)
    }).pipe(
      Effect.provide(LedgerMemory.layer()),
      Effect.provideService(ProcessIdentity, { owner: owner(5), isGone: () => false }),
    ),
  )

  it.effect("takes its own times", () =>
    Effect.gen(function* () {
      const lease = yield* Lease.hold("k", { ttlMs: 300, heartbeatMs: 100 })
      expect(lease.record().expiresAtMs).toBe(300)
      yield* TestClock.adjust(100)
      expect(lease.record().expiresAtMs).toBe(400)
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )

  it.effect("that was taken over is noticed at the next heartbeat, and the other's is left alone", () =>
    Effect.gen(function* () {
      const { leases } = yield* Ledger
      const scope = yield* Scope.make()
      const lease = yield* Lease.hold("k", { ttlMs: 1_000, heartbeatMs: 5_000 }).pipe(Scope.provide(scope))
      const watcher = yield* Effect.forkChild(Effect.flip(lease.lost))
      yield* TestClock.adjust(2_000)
      const other = yield* leases.acquire("k", owner(2), 60_000)
      expect(watcher.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust(3_000)
      expect((yield* Fiber.join(watcher)).reason).toEqual({ _tag: "LeaseLost", key: "k", fencing: 1, current: 2 })
      yield* Scope.close(scope, Exit.void)
      expect(yield* leases.inspect("k")).toEqual(other)
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )

  it.effect("survives a disk that is busy for a while", () => {
    let failing = true
    return Effect.gen(function* () {
      const lease = yield* Lease.hold("k")
      const watcher = yield* Effect.forkChild(Effect.flip(lease.lost))
      yield* TestClock.adjust(20_000)
      expect(lease.record().heartbeatAtMs).toBe(0)
      failing = false
      yield* TestClock.adjust(Lease.renewRetryMaxMs)
      expect(lease.record().heartbeatAtMs).toBe(21_000)
      yield* TestClock.adjust(60_000)
      expect(watcher.pollUnsafe()).toBeUndefined()
    }).pipe(
      Effect.provideService(
        Ledger,
        faulty(() => failing),
      ),
    )
  })

  it.effect("is lost when no sign of life could be written until it expired, and says why", () =>
    Effect.gen(function* () {
      const lease = yield* Lease.hold("k")
      const watcher = yield* Effect.forkChild(Effect.flip(lease.lost))
      yield* TestClock.adjust(29_999)
      expect(watcher.pollUnsafe()).toBeUndefined()
      yield* TestClock.adjust(1)
      expect(yield* Fiber.join(watcher)).toEqual(busy)
    }).pipe(
      Effect.provideService(
        Ledger,
        faulty(() => true),
      ),
    ),
  )

  it.effect("that cannot be taken leaves nothing behind", () =>
    Effect.gen(function* () {
      const { leases } = yield* Ledger
      const first = yield* leases.acquire("k", owner(1), 60_000)
      expect((yield* reasonOf(Effect.scoped(Lease.hold("k"))))._tag).toBe("LeaseHeld")
      expect(yield* leases.inspect("k")).toEqual(first)
    }).pipe(Effect.provide(LedgerMemory.layer())),
  )
})

describe("ProcessIdentity", () => {
  it.live("knows itself, and whether another process of this machine is gone", () =>
    Effect.gen(function* () {
      const identity = NodeIdentity.make()
      expect(identity.owner.pid).toBe(process.pid)
      expect(Math.abs(identity.owner.startedAtMs - performance.timeOrigin)).toBeLessThan(10_000)
      expect(identity.isGone(identity.owner)).toBe(false)
      const child = spawn(process.execPath, ["-e", "setInterval(() => {}, 1e6)"])
      yield* Effect.promise(() => new Promise<void>((resolve) => child.once("spawn", () => resolve())))
      const other = { ...identity.owner, pid: child.pid ?? 0, startedAtMs: Date.now() }
      expect(identity.isGone(other)).toBe(false)
      // A later process with the same number, where start times can be known.
      if (process.platform === "linux") expect(identity.isGone({ ...other, startedAtMs: 1_000 })).toBe(true)
      const exited = new Promise<void>((resolve) => child.once("exit", () => resolve()))
      child.kill("SIGKILL")
      yield* Effect.promise(() => exited)
      expect(identity.isGone(other)).toBe(true)
      // Of another machine or container nothing is known; nor of what cannot be a process.
      expect(identity.isGone({ ...other, host: `${other.host}x` })).toBe(false)
      for (const pid of [0, -1, 1.5, Number.NaN]) expect(identity.isGone({ ...other, pid })).toBe(false)
    }),
  )
})
