/**
 * Handler of `heddle doctor`.
 *
 * @layer app
 * @module
 */
import { ExitCode } from "@heddle/core/ExitCode"
import * as Effect from "effect/Effect"
import { pasteable } from "../../cli/program.ts"
import { Cli } from "../../runtime/Cli.ts"
import { localChecks, registryChecks, type Finding } from "../../runtime/doctorChecks.ts"
import type { Handler } from "../../runtime/Handler.ts"
import { globalFlags, registryFlags } from "../flags.ts"

/** Settings whose source is told; the rest is given per command. */
const told = [...globalFlags, ...registryFlags].filter((flag) => flag.kind !== "boolean" && flag.name !== "config")

export const handler: Handler = Effect.gen(function* () {
  const { env, output, settings } = yield* Cli
  const findings: Array<Finding> = [...(yield* localChecks)]
  if (!settings.boolean("offline")) findings.push(...(yield* registryChecks))
  const sources = [
    ...told.map((flag) => {
      const setting = settings.get(flag.name)
      return {
        name: flag.name,
        value: String(setting?.value ?? flag.fallback ?? ""),
        source: setting?.source ?? "default",
      }
    }),
    ...["IMEDNET_API_KEY", "IMEDNET_SECURITY_KEY"].map((name) => ({
      name,
      value: (env[name] ?? "") === "" ? "not set" : "set (not shown)",
      source: "environment",
    })),
  ]
  if (output.json) {
    for (const finding of findings)
      yield* output.line({ type: "check", level: finding.ok ? "info" : "error", ...finding })
    for (const source of sources) yield* output.line({ type: "setting", ...source })
    yield* output.line({ type: "end", count: findings.length, failed: findings.filter(({ ok }) => !ok).length })
  } else {
    yield* output.table(
      [{ title: "check" }, { title: "state" }, { title: "finding" }],
      findings.map(({ check, ok, finding }) => [check, ok ? "ok" : "FAILED", finding]),
    )
    yield* output.data("\n")
    yield* output.table(
      [{ title: "setting" }, { title: "value" }, { title: "from" }],
      sources.map(({ name, value, source }) => [name, value, source]),
    )
  }
  const failed = findings.filter((finding) => !finding.ok)
  if (failed.length === 0) return ExitCode.ok
  yield* output.warn(
    `error: ${failed.length} of ${findings.length} checks failed: ${failed.map(({ check }) => check).join(", ")}\n`,
  )
  for (const { check, fix } of failed) yield* output.warn(`hint: ${check}: ${pasteable(fix, env)}`)
  // The first failure decides: what comes later often only follows from it.
  return failed[0]?.code ?? ExitCode.partial
})
