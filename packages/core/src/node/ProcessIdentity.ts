/**
 * Who this process is, and whether another process of this machine is gone, so that a lease whose holder was killed can
 * be taken over at once. Judged only where it is certain; everything else waits for the lease to expire.
 *
 * @layer adapter
 * @module
 */
import * as Layer from "effect/Layer"
import { readFileSync, readlinkSync } from "node:fs"
import { hostname, userInfo } from "node:os"
import { performance } from "node:perf_hooks"
import * as Ledger from "../Ledger.ts"

/** Ticks per second in which Linux tells start times to user space; the same on every architecture. */
const ticksPerSecond = 100
/**
 * How far apart two start times of one process may lie: the boot time is known to the second only, and moves with the
 * clock. A later process with the same number within this time is taken for the first one; then the lease expires.
 */
const startToleranceMs = 10_000
/** The process-number space of a Linux machine itself; containers have others. */
const initialPidSpace = "4026531836"

/**
 * The identity of this process, with its host name, number, start time and user. In a container the host carries the
 * number of its process-number space (`lab1/pidns-4026532281`): process numbers mean nothing across containers, even
 * where they share a host name.
 *
 * @category constructors
 */
export const make = (): Ledger.ProcessIdentityShape => {
  const host = hostOf()
  const startedAtMs = startOf("self")?.startedAtMs ?? Math.round(performance.timeOrigin)
  return {
    owner: { host, pid: process.pid, startedAtMs, user: userOf() },
    isGone: (owner) => {
      if (owner.host !== host || !Number.isSafeInteger(owner.pid) || owner.pid <= 0) return false
      if (!exists(owner.pid)) return true
      const found = startOf(owner.pid)
      if (found === undefined) return false
      return found.ended || Math.abs(found.startedAtMs - owner.startedAtMs) > startToleranceMs
    },
  }
}

/** Provides {@link make} as `ProcessIdentity`. @category layers */
export const layer: Layer.Layer<never> = Layer.sync(Ledger.ProcessIdentity, make)

const hostOf = (): string => {
  const space = attempt(() => /\[(\d+)\]/.exec(readlinkSync("/proc/self/ns/pid"))?.[1])
  return space === undefined || space === initialPidSpace ? hostname() : `${hostname()}/pidns-${space}`
}

const userOf = (): string => attempt(() => userInfo().username) ?? "unknown"

/** Whether a process has that number. Being refused means that it exists. */
const exists = (pid: number): boolean => {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return !(error instanceof Error && "code" in error && error.code === "ESRCH")
  }
}

/** When a process started, from Linux's process files; `ended` where only its entry is left. Elsewhere unknown. */
const startOf = (pid: number | "self"): { readonly startedAtMs: number; readonly ended: boolean } | undefined =>
  attempt(() => {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1")
    // The program's name stands in brackets and may hold anything, so fields are counted from the last bracket.
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
    const state = fields[0]
    const startTicks = Number(fields[19])
    const bootSeconds = Number(/^btime (\d+)$/m.exec(readFileSync("/proc/stat", "latin1"))?.[1])
    if (!Number.isFinite(startTicks) || !Number.isFinite(bootSeconds)) return undefined
    return {
      startedAtMs: bootSeconds * 1000 + (startTicks * 1000) / ticksPerSecond,
      ended: state === "Z" || state === "X",
    }
  })

const attempt = <A>(read: () => A): A | undefined => {
  try {
    return read()
  } catch {
    return undefined
  }
}
