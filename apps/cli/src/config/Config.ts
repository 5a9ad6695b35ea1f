/**
 * The configuration file `heddle.toml`: its form as a Schema (the published JSON Schema is made from it) and reading it.
 * A key is spelled like the flag that says the same. An unknown key is an error that names the nearest one.
 *
 * @layer logic
 * @module
 */
import * as Toml from "effect/encoding/Toml"
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import { nearest } from "../cli/suggest.ts"
import { UsageError } from "../cli/UsageError.ts"

const describe = (description: string) => ({ description })

const duration = (description: string) =>
  Schema.optionalKey(
    Schema.String.check(Schema.isPattern(/^(\d+(\.\d+)?(ms|s|m|h|d))+$/)).annotate({
      description: `${description} A duration with its unit: 90s, 5m, 2h.`,
      examples: ["90s", "5m", "2h"],
    }),
  )

const count = (description: string, minimum: number, maximum: number) =>
  Schema.optionalKey(Schema.Int.check(Schema.isBetween({ minimum, maximum })).annotate(describe(description)))

const keys = (description: string) => Schema.optionalKey(Schema.Array(Schema.String).annotate(describe(description)))

const text = (description: string) => Schema.optionalKey(Schema.NonEmptyString.annotate(describe(description)))

const flag = (description: string) => Schema.optionalKey(Schema.Boolean.annotate(describe(description)))

const Imednet = Schema.Struct({
  "base-url": text("Where the iMednet API is."),
  rate: Schema.optionalKey(
    Schema.Finite.check(Schema.isBetween({ minimum: 0.1, maximum: 10_000 })).annotate(
      describe("Requests per second, shared by all studies of a command; 10 unless given."),
    ),
  ),
  "request-timeout": duration("Bound of one request; 30s unless given."),
  "request-retries": count("Further tries of a request that failed in a way that may pass; 3 unless given.", 0, 20),
  "retry-delay": duration("Longest first wait before a request is tried again; it doubles. 500ms unless given."),
})

const Studies = Schema.Struct({
  include: keys("Only these studies. An empty list means none. Not together with exclude."),
  exclude: keys("All but these studies. Not together with include."),
  strict: flag("Refuse keys that the registry does not know, and answers with fields that are not known."),
  "tolerate-rejects": flag("Registry entries that cannot be used do not make the exit code 3."),
  pipeline: text("A built-in pipeline (subject-count, enrollment, open-queries, drift) or a module file."),
  concurrency: count("Studies at a time; 4 unless given.", 1, 10_000),
  "study-timeout": duration("Bound of one try of a study."),
  deadline: duration("Bound of the whole run."),
  "study-retries": count("Further tries of a study whose failure may pass; 0 unless given.", 0, 100),
  "stop-after": count("Start no further study after so many failures.", 1, 1_000_000),
  placement: Schema.optionalKey(
    Schema.Literals(["fibers", "workers"]).annotate(describe("Where a pipeline file runs; workers unless given.")),
  ),
  grace: duration("How long running studies may finish after Ctrl-C; 10s unless given."),
  out: text("Also write the values as JSON lines to this file."),
})

const Experiments = Schema.Struct({
  bindings: text("File that says what the agents, problems and runner of a study are."),
  parallelism: count("Runs at a time; what the study says unless given.", 1, 10_000),
  "stop-after": count("Start no further run after so many failures.", 1, 1_000_000),
  "run-timeout": duration("Bound of one try of a run."),
  deadline: duration("Bound of one session of a study."),
  grace: duration("How long running runs may finish after Ctrl-C; 10s unless given."),
  placement: Schema.optionalKey(
    Schema.Literals(["fibers", "workers"]).annotate(describe("Where module files run; workers unless given.")),
  ),
  sqlite: flag("Also write study.sqlite."),
  parquet: flag("Also write the tables as Parquet."),
})

const Extract = Schema.Struct({
  out: text("Folder that extracted files are written to."),
  format: Schema.optionalKey(
    Schema.Literals(["csv", "jsonl", "parquet", "sqlite"]).annotate(
      describe("Form of extracted files; csv unless given."),
    ),
  ),
  resources: keys("What to extract of each study."),
})

/** The whole file. Every key may be left out. @category schemas */
export const Config = Schema.Struct({
  $schema: Schema.optionalKey(Schema.String.annotate(describe("Where the JSON Schema of this file is, for editors."))),
  workspace: text("Folder of the ledger and the receipts; .heddle unless given."),
  "file-access": Schema.optionalKey(
    Schema.Literals(["owner", "group", "system"]).annotate(
      describe(
        "Who may read what is written: only the user (owner, unless given), also the group, or as the umask says.",
      ),
    ),
  ),
  imednet: Schema.optionalKey(Imednet.annotate(describe("The iMednet registry. Credentials never stand here."))),
  studies: Schema.optionalKey(Studies.annotate(describe("What heddle studies does unless a flag says otherwise."))),
  experiments: Schema.optionalKey(
    Experiments.annotate(describe("What heddle experiments does unless a flag or the study says otherwise.")),
  ),
  extract: Schema.optionalKey(Extract.annotate(describe("What heddle studies extract does."))),
})
/** @category models */
export interface Config extends Schema.Schema.Type<typeof Config> {}

/** The JSON Schema of the file, as it is published beside this package. */
export const jsonSchema = (): object => {
  const { schema } = Schema.toJsonSchemaDocument(Config, { onExcessProperty: "error" })
  return {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "heddle.toml",
    description: "Configuration of heddle. Flags beat environment variables, which beat this file.",
    ...schema,
  }
}

const tables = { imednet: Imednet, studies: Studies, experiments: Experiments, extract: Extract } as const

/** Every key with dots, for settings and their tests. */
export const configKeys: ReadonlyArray<string> = Object.keys(Config.fields).flatMap((key) => {
  const table = Object.entries(tables).find(([name]) => name === key)?.[1]
  return table === undefined ? [key] : Object.keys(table.fields).map((member) => `${key}.${member}`)
})

/** Keys of which people expect that they belong here, and which must not: a configuration file is shared. */
const credentialKey = /(api|security|secret).?key|password|token/i

const decode = Schema.decodeUnknownResult(Config, { errors: "all", onExcessProperty: "error" })

/** Reads the text of a file. Throws {@link UsageError} that names the file, the key and what it must be. */
export const parseConfig = (content: string, path: string): Config => {
  const parsed = Toml.parse(content)
  if (Result.isFailure(parsed)) {
    throw new UsageError(
      `${path} is not TOML: ${parsed.failure.message}`,
      [`correct it, or leave it out with --config none`],
      "ConfigError",
    )
  }
  refuseUnknownKeys(parsed.success, path)
  const decoded = decode(parsed.success)
  if (Result.isFailure(decoded)) {
    throw new UsageError(`${path}: ${String(decoded.failure.message)}`, ["heddle help studies run"], "ConfigError")
  }
  return decoded.success
}

const refuseUnknownKeys = (content: Readonly<Record<string, unknown>>, path: string): void => {
  const refuse = (key: string, known: ReadonlyArray<string>, prefix: string): never => {
    if (credentialKey.test(key)) {
      throw new UsageError(
        `${path}: ${prefix}${key} looks like a credential; credentials stand in the environment only`,
        ["export IMEDNET_API_KEY=… IMEDNET_SECURITY_KEY=…"],
        "ConfigError",
      )
    }
    const meant = nearest(key, known)
    throw new UsageError(
      `${path}: there is no key ${prefix}${key}${meant === undefined ? "" : `; did you mean ${prefix}${meant}?`}`,
      [
        meant === undefined
          ? `its keys are ${known.map((name) => prefix + name).join(", ")}`
          : `rename it to ${meant} in ${path}`,
      ],
      "ConfigError",
    )
  }
  for (const [key, value] of Object.entries(content)) {
    const known = Object.keys(Config.fields)
    if (!known.includes(key)) refuse(key, [...known, ...configKeys.map((name) => name.split(".")[1] ?? name)], "")
    const table = Object.entries(tables).find(([name]) => name === key)?.[1]
    if (table === undefined || typeof value !== "object" || value === null) continue
    for (const member of Object.keys(value)) {
      if (!(member in table.fields)) refuse(member, Object.keys(table.fields), `${key}.`)
    }
  }
}

/** The value behind a key with dots, or `undefined`. */
export const configValue = (config: Config, key: string): unknown =>
  key.split(".").reduce<unknown>((value, word) => {
    if (typeof value !== "object" || value === null) return undefined
    return Object.entries(value).find(([name]) => name === word)?.[1]
  }, config)
