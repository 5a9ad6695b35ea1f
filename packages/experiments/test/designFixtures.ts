/**
 * Reads the fixtures of designs: JSON with whole numbers and floats kept apart, and studies made of their parts.
 */
import { readFileSync, readdirSync } from "node:fs"
import * as Result from "effect/Result"
import * as JsonText from "../src/JsonText.ts"
import type { DesignKind, Factor, Study } from "../src/Study.ts"
import { emptyMap, isList, isMap, type Value, type ValueMap } from "../src/Value.ts"

const folder = new URL("fixtures/", import.meta.url)

export const textOf = (name: string): string => readFileSync(new URL(name, folder), "utf8")

export const designNames = (): ReadonlyArray<string> =>
  readdirSync(new URL("designs/", folder))
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -5))
    .sort()

export const parse = (text: string): Value => {
  const parsed = JsonText.parse(text)
  if (Result.isFailure(parsed)) throw parsed.failure
  return parsed.success.value
}

export const map = (value: Value | undefined): ValueMap => {
  if (isMap(value)) return value
  throw new Error("no map")
}

export const list = (value: Value | undefined): ReadonlyArray<Value> => {
  if (value !== undefined && isList(value)) return value
  throw new Error("no list")
}

export const text = (value: Value | undefined): string => {
  if (typeof value === "string") return value
  throw new Error("no text")
}

export const whole = (value: Value | undefined): number => {
  if (typeof value === "number") return value
  throw new Error("no whole number")
}

const integerOf = (value: Value | undefined): number | bigint => (typeof value === "bigint" ? value : whole(value))

/** A study with these parts and nothing else. */
export const studyOf = (parts: {
  readonly kind: DesignKind
  readonly factors?: ReadonlyArray<Factor>
  readonly blocks?: Study["blocks"]
  readonly constraints?: Study["constraints"]
  readonly spec?: Partial<Study["designSpec"]>
  readonly baseSeed?: number | bigint
}): Study => ({
  studyId: "study",
  title: "Study",
  description: "",
  authors: [],
  rationale: "",
  tags: [],
  hypotheses: [],
  factors: parts.factors ?? [],
  blocks: parts.blocks ?? [],
  constraints: parts.constraints ?? [],
  designSpec: {
    kind: parts.kind,
    replicates: 1,
    randomize: false,
    counterbalance: false,
    matrixPath: null,
    nSamples: null,
    centerPoints: 0,
    blockRandomizationKey: null,
    options: emptyMap,
    ...parts.spec,
  },
  outcomes: [],
  analysisPlans: [],
  runBudget: { replicates: 1, maxRuns: null, parallelism: 1, failFast: false },
  seedPolicy: { baseSeed: parts.baseSeed ?? 0, strategy: "condition_replicate", perRunOffset: 9973 },
  outputDir: "artifacts/study",
  provenanceMetadata: emptyMap,
  notes: "",
  problemIds: [],
  agentSpecs: [],
  heddle: {},
})

/** A factor whose levels are named by their place. */
export const factor = (name: string, values: ReadonlyArray<Value>): Factor => ({
  name,
  description: "",
  kind: "manipulated",
  levels: values.map((value, index) => ({ name: `l${index}`, value, label: `l${index}`, metadata: emptyMap })),
  dtype: null,
  default: null,
  metadata: emptyMap,
})

export const block = (name: string, levels: readonly [Value, ...Array<Value>]): Study["blocks"][number] => ({
  name,
  levels,
  metadata: emptyMap,
})

export const constraint = (
  constraintId: string,
  rule: { readonly expression?: string; readonly callableRef?: string },
  severity: "error" | "warning" = "error",
): Study["constraints"][number] => ({
  constraintId,
  description: `says ${constraintId}`,
  expression: rule.expression ?? null,
  callableRef: rule.callableRef ?? null,
  severity,
})

/** The study of one fixture file of designs. */
export const fixtureStudy = (value: Value | undefined): Study => {
  const study = map(value)
  const spec = map(study.get("design_spec"))
  const textOrNull = (key: string): string | null => (spec.get(key) === null ? null : text(spec.get(key)))
  return studyOf({
    // The fixtures hold classic kinds only, by their full names.
    kind: text(spec.get("kind")) as DesignKind,
    factors: list(study.get("factors")).map((item) => {
      const entry = map(item)
      return {
        ...factor(text(entry.get("name")), []),
        levels: list(entry.get("levels")).map((level) => ({
          name: text(map(level).get("name")),
          value: map(level).get("value") ?? null,
          label: text(map(level).get("label")),
          metadata: map(map(level).get("metadata")),
        })),
      }
    }),
    blocks: list(study.get("blocks")).map((item) => {
      const [first, ...rest] = list(map(item).get("levels"))
      return block(text(map(item).get("name")), [first ?? null, ...rest])
    }),
    constraints: list(study.get("constraints")).map((item) => {
      const entry = map(item)
      return {
        constraintId: text(entry.get("constraint_id")),
        description: text(entry.get("description")),
        expression: entry.get("expression") === null ? null : text(entry.get("expression")),
        callableRef: null,
        severity: entry.get("severity") === "warning" ? "warning" : "error",
      }
    }),
    spec: {
      replicates: whole(spec.get("replicates")),
      randomize: spec.get("randomize") === true,
      counterbalance: spec.get("counterbalance") === true,
      matrixPath: textOrNull("matrix_path"),
      nSamples: spec.get("n_samples") === null ? null : whole(spec.get("n_samples")),
      centerPoints: whole(spec.get("center_points")),
      blockRandomizationKey: textOrNull("block_randomization_key"),
      options: map(spec.get("options")),
    },
    baseSeed: integerOf(study.get("base_seed")),
  })
}
