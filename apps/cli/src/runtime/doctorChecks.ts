/**
 * The checks of `heddle doctor`: each finding says what was seen and what to do about it.
 *
 * @layer app
 * @module
 */
import { existsSync, mkdirSync, renameSync, rmSync, statfsSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import { Ledger } from "@heddle/core/Ledger"
import { StudyError } from "@heddle/studies/StudyError"
import { StudyRegistry } from "@heddle/studies/StudyRegistry"
import { StudyScopes } from "@heddle/studies/StudyScope"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import { fitsNode, nodeNeeded } from "../cli/requireNode.ts"
import { Cli } from "./Cli.ts"
import { defaultBaseUrl } from "../config/Settings.ts"
import { baseUrlFix, baseUrlProblem, credentialVariables, layerOrchestrator } from "./registry.ts"
import { ledgerPath, withExistingLedger } from "./workspace.ts"

export interface Finding {
  readonly check: string
  readonly ok: boolean
  readonly finding: string
  /** A command or a sentence; of use where it is not ok. */
  readonly fix: string
  readonly code: ExitCode
}

/** Free space below which a run may not be able to record itself, in bytes. */
const freeBytesMin = 200 * 1024 * 1024
/** A clock that is further off makes watermarks and leases doubtful, in milliseconds. */
const skewMaxMs = 60_000
/** How long the registry's host may take to answer at all, in milliseconds. */
const reachTimeoutMs = 10_000

const passed = (check: string, finding: string): Finding => ({ check, ok: true, finding, fix: "", code: ExitCode.ok })

/** Checks of this machine. */
export const localChecks = Effect.gen(function* () {
  const { settings } = yield* Cli
  const folder = settings.workspace
  return [nodeVersion(), writeAndRename(folder), freeSpace(folder), yield* ledgerIntegrity]
})

const nodeVersion = (): Finding => {
  const fits = fitsNode(process.versions.node)
  const finding = `node ${process.versions.node}`
  return fits
    ? passed("node", finding)
    : { check: "node", ok: false, finding, fix: `use ${nodeNeeded}`, code: ExitCode.usage }
}

/** The nearest folder that is there already: the workspace itself may not have been made yet. */
const existing = (folder: string): string =>
  existsSync(folder) || dirname(folder) === folder ? folder : existing(dirname(folder))

const writeAndRename = (workspace: string): Finding => {
  const base = existing(workspace)
  const folder = join(base, `.heddle-doctor-${process.pid}`)
  try {
    mkdirSync(folder)
    writeFileSync(join(folder, "a"), "heddle doctor", { flush: true })
    renameSync(join(folder, "a"), join(folder, "b"))
    return passed("workspace", `${workspace}: writing and renaming work`)
  } catch (error) {
    return {
      check: "workspace",
      ok: false,
      finding: `${base}: ${messageOf(error)}`,
      fix: `make it writable, or name another with --workspace: ls -ld ${base}`,
      code: ExitCode.unreachable,
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

const freeSpace = (workspace: string): Finding => {
  const base = existing(workspace)
  try {
    const { bavail, bsize } = statfsSync(base)
    const free = bavail * bsize
    const finding = `${Math.round(free / 1024 / 1024)} MiB free at ${base}`
    return free >= freeBytesMin
      ? passed("free space", finding)
      : { check: "free space", ok: false, finding, fix: `free some space: df -h ${base}`, code: ExitCode.unreachable }
  } catch (error) {
    return {
      check: "free space",
      ok: false,
      finding: messageOf(error),
      fix: `df -h ${base}`,
      code: ExitCode.unreachable,
    }
  }
}

const ledgerIntegrity = Effect.gen(function* () {
  const { settings } = yield* Cli
  const path = ledgerPath(settings.workspace)
  return yield* withExistingLedger(
    Effect.gen(function* () {
      const ledger = yield* Ledger
      const runs = yield* ledger.listRuns({ limit: 1_000_000 })
      for (const run of runs) yield* ledger.getPlan(run.runId)
      const unfinished = runs.filter((run) => run.state !== "succeeded" && run.state !== "running").length
      return passed("ledger", `${path}: ${runs.length} runs, ${unfinished} unfinished`)
    }),
    () => Effect.succeed(passed("ledger", "there is none yet; the first run makes it")),
  ).pipe(
    Effect.catch((error) =>
      Effect.succeed<Finding>({
        check: "ledger",
        ok: false,
        finding: error.message,
        fix: error.hints[0] ?? `ls -l ${path}`,
        code: error.exitCode,
      }),
    ),
  )
})

/** Checks of the registry and of the studies that were named. */
export const registryChecks = Effect.gen(function* () {
  const { env, settings } = yield* Cli
  const url = settings.text("base-url") ?? defaultBaseUrl
  const findings: Array<Finding> = []
  const problem = baseUrlProblem(url)
  const reached: ReadonlyArray<Finding> =
    problem === undefined
      ? yield* reach(url)
      : [{ check: "reachable", ok: false, finding: problem, fix: baseUrlFix, code: ExitCode.usage }]
  findings.push(...reached)
  // Missing credentials are told whether or not anybody answers.
  const missing = credentialVariables.filter((name) => (env[name] ?? "").trim() === "")
  if (missing.length > 0) {
    findings.push({
      check: "credentials",
      ok: false,
      finding: `${missing.join(" and ")} not set`,
      fix: `export ${missing.map((name) => `${name}=…`).join(" ")}`,
      code: ExitCode.usage,
    })
    return findings
  }
  if (reached.some((finding) => !finding.ok && finding.check === "reachable")) return findings
  findings.push(
    ...(yield* Effect.provide(askRegistry, layerOrchestrator).pipe(
      Effect.catch((error) => Effect.succeed([unusable(error)])),
    )),
  )
  return findings
})

const unusable = (error: {
  readonly message: string
  readonly hints: ReadonlyArray<string>
  readonly exitCode: ExitCode
}): Finding => ({
  check: error.exitCode === ExitCode.credentials ? "credentials" : "registry",
  ok: false,
  finding: error.message,
  fix:
    error.exitCode === ExitCode.credentials
      ? `ask for keys that are valid, then: export ${credentialVariables.map((name) => `${name}=…`).join(" ")}`
      : (error.hints[0] ?? "heddle studies list"),
  code: error.exitCode,
})

const askRegistry = Effect.gen(function* () {
  const { settings } = yield* Cli
  const registry = yield* StudyRegistry
  const scopes = yield* StudyScopes
  const keys = settings.list("study")
  const findings: Array<Finding> = []
  if (keys === undefined) {
    const listing = yield* registry.list
    findings.push(passed("credentials", `accepted; ${listing.studies.length} studies are visible`))
    return findings
  }
  for (const key of keys) {
    const counted = yield* Effect.result(scopes.open(key).count("sites"))
    findings.push(
      counted._tag === "Success"
        ? passed(`study ${key}`, `answers; ${counted.success} sites`)
        : { ...unusable(counted.failure), check: `study ${key}`, code: studyCode(counted.failure) },
    )
  }
  return findings
})

/** One study's refusal is not the credentials' as a whole. */
const studyCode = (error: StudyError): ExitCode =>
  error.kind === "unreachable" ? ExitCode.unreachable : ExitCode.partial

/** Any answer at all shows that the host is there; its Date header shows how far the clocks are apart. */
const reach = (url: string): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.gen(function* () {
    const response = yield* Effect.tryPromise((signal) =>
      fetch(url, {
        method: "HEAD",
        redirect: "manual",
        signal: AbortSignal.any([signal, AbortSignal.timeout(reachTimeoutMs)]),
      }),
    )
    const now = yield* Clock.currentTimeMillis
    const host = passed("reachable", `${new URL(url).host} answers`)
    const date = Date.parse(response.headers.get("date") ?? "")
    if (!Number.isFinite(date)) return [host]
    const skewMs = Math.abs(now - date)
    const finding = `${Math.round(skewMs / 1000)} s apart from ${new URL(url).host}`
    return [
      host,
      skewMs <= skewMaxMs
        ? passed("clock", finding)
        : {
            check: "clock",
            ok: false,
            finding,
            fix: "set this machine's clock: timedatectl set-ntp true",
            code: ExitCode.partial,
          },
    ]
  }).pipe(
    Effect.catch((error) =>
      Effect.succeed<ReadonlyArray<Finding>>([
        {
          check: "reachable",
          ok: false,
          finding: `${url} does not answer: ${causeOf(error)}`,
          fix: `check the address, the network and any proxy: curl -I ${url}`,
          code: ExitCode.unreachable,
        },
      ]),
    ),
  )

const causeOf = (error: unknown): string => {
  const inner = error instanceof Error && error.cause !== undefined ? error.cause : error
  return inner instanceof Error && inner.cause instanceof Error ? inner.cause.message : messageOf(inner)
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
