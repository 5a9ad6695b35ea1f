/**
 * What holds for this command: flags beat environment variables beat the configuration file. Each value knows where it
 * came from, so that `heddle doctor` can say it.
 *
 * @layer logic
 * @module
 */
import { existsSync, readFileSync } from "node:fs"
import { resolve } from "node:path"
import { readValue } from "../cli/parse.ts"
import { commandName, type FlagSpec, type FlagValue, type Invocation } from "../cli/Spec.ts"
import { UsageError } from "../cli/UsageError.ts"
import { globalFlags } from "../commands/flags.ts"
import type { Setting, Settings } from "./Setting.ts"
import { type Config, configValue, parseConfig } from "./Config.ts"

/** Name of the configuration file that is read where no other is named. */
export const defaultConfigFile = "heddle.toml"

/** The production host of the vendor. */
export const defaultBaseUrl = "https://edc.prod.imednetapi.com"

/** Brings the three sources together. Throws {@link UsageError}. */
export const makeSettings = (
  invocation: Invocation,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): Settings => {
  const { file, config } = loadConfig(invocation, env, cwd)
  const name = commandName(invocation.spec)
  const flags = [...invocation.spec.flags, ...globalFlags]
  const settings = new Map<string, Setting>()
  for (const flag of flags) {
    const setting = resolveFlag(flag, invocation, env, config, file, name)
    if (setting !== undefined) settings.set(flag.name, setting)
  }
  preferGivenSelection(settings)
  refuseBothFilters(settings, name)
  const get = (key: string) => settings.get(key)
  return {
    get,
    text: (key) => pick(get(key)?.value, (value) => typeof value === "string"),
    number: (key) => pick(get(key)?.value, (value) => typeof value === "number"),
    boolean: (key) => get(key)?.value === true,
    list: (key) => pick(get(key)?.value, (value) => typeof value === "object"),
    workspace: resolve(cwd, pick(get("workspace")?.value, (value) => typeof value === "string") ?? ".heddle"),
    configFile: file,
  }
}

const pick = <A extends FlagValue>(value: FlagValue | undefined, is: (value: FlagValue) => value is A): A | undefined =>
  value !== undefined && is(value) ? value : undefined

const loadConfig = (
  invocation: Invocation,
  env: Readonly<Record<string, string | undefined>>,
  cwd: string,
): { readonly file: string | undefined; readonly config: Config } => {
  const given = invocation.flags.get("config") ?? env["HEDDLE_CONFIG"]
  const file = typeof given === "string" && given !== "" ? given : defaultConfigFile
  if (given === "none") return { file: undefined, config: {} }
  const path = resolve(cwd, file)
  if (!existsSync(path)) {
    if (file === given) {
      throw new UsageError(`there is no configuration file ${file}`, [`ls -l ${file}`], "ConfigError")
    }
    return { file: undefined, config: {} }
  }
  let content: string
  try {
    content = readFileSync(path, "utf8")
  } catch (error) {
    const problem = error instanceof Error ? error.message : String(error)
    throw new UsageError(`the configuration file ${file} cannot be read: ${problem}`, [`ls -l ${file}`], "ConfigError")
  }
  return { file, config: parseConfig(content, file) }
}

const resolveFlag = (
  flag: FlagSpec,
  invocation: Invocation,
  env: Readonly<Record<string, string | undefined>>,
  config: Config,
  file: string | undefined,
  name: string,
): Setting | undefined => {
  const given = invocation.flags.get(flag.name)
  if (given !== undefined) return { value: given, source: `--${flag.name}` }
  const variable = flag.env === undefined ? undefined : env[flag.env]
  if (flag.env !== undefined && variable !== undefined && variable !== "") {
    return { value: readValue(flag, variable, flag.env, `unset ${flag.env}`), source: flag.env }
  }
  const stored = flag.config === undefined ? undefined : configValue(config, flag.config)
  if (flag.config === undefined || stored === undefined) return undefined
  const source = file ?? defaultConfigFile
  if (Array.isArray(stored)) return { value: stored.map(String), source }
  if (typeof stored === "boolean") return { value: stored, source }
  return {
    value: readValue(flag, String(stored), `${source}: ${flag.config}`, `${name} --${flag.name} …`),
    source,
  }
}

/** Flags that say which studies are meant. */
const selectionNames = ["include", "exclude", "study"]

/** A selection on the command line replaces the file's altogether: the two halves of a filter are one setting. */
const preferGivenSelection = (settings: Map<string, Setting>): void => {
  if (!selectionNames.some((name) => settings.get(name)?.source === `--${name}`)) return
  for (const name of selectionNames) if (settings.get(name)?.source !== `--${name}`) settings.delete(name)
}

const refuseBothFilters = (settings: ReadonlyMap<string, Setting>, name: string): void => {
  const include = settings.get("include")
  const exclude = settings.get("exclude")
  if (include === undefined || exclude === undefined) return
  const show = (setting: Setting): string => {
    const keys = Array.isArray(setting.value) ? setting.value.map((key) => JSON.stringify(key)).join(", ") : ""
    return `{${keys}} (${setting.source})`
  }
  const first = Array.isArray(include.value) ? include.value[0] : undefined
  throw new UsageError(
    `the studies to include ${show(include)} and to exclude ${show(exclude)} cannot both be given`,
    [`${name} --include ${first ?? "KEY"}`],
    "FilterConflict",
  )
}
