/**
 * The folder of a study as a research object: RO-Crate 1.1 metadata, JSON-LD that data repositories read. Names what each
 * file is, its length and hash, the authors, and the software and study design that made it. The same files give the same
 * bytes.
 *
 * @layer logic
 * @module
 */
import type { Artifact } from "@heddle/core/Durable"
import * as StableJson from "./StableJson.ts"
import type { Study } from "./Study.ts"
import type { Value } from "./Value.ts"

/** Name of the file, as the specification fixes it. */
export const crateName = "ro-crate-metadata.json"

/** What a crate is made of. @category models */
export interface CrateInput {
  readonly study: Study
  readonly files: ReadonlyArray<Artifact>
  /** Last time that a run states, else the time of the export. */
  readonly datePublished: string
  /** Version of Heddle, where it is known. */
  readonly softwareVersion: string | undefined
  readonly ledgerRunId: string | undefined
}

const descriptions: Readonly<Record<string, string>> = {
  "study.yaml": "The study: factors, design, hypotheses, analysis plan and budgets",
  "conditions.csv": "Every condition of the design, those that constraints exclude too",
  "runs.csv": "Runs that succeeded",
  "events.csv": "What happened in the runs of runs.csv",
  "evaluations.csv": "Evaluations of the runs of runs.csv",
  "metrics.csv": "All measures of the runs of runs.csv, one a row",
  "failures.csv": "Runs that began and did not succeed",
  "failed_events.csv": "What happened in the runs of failures.csv",
  "failed_evaluations.csv": "Evaluations of the runs of failures.csv",
  "not_run.csv": "Runs of the plan that never began, and why",
  "attempts.csv": "Each try of each run",
  "kept_runs.csv": "Runs whose results were kept though what they were made with has changed since",
  "outputs.jsonl": "What each run gave out, one JSON document a line",
  "design.json": "What the design can tell, computed before it was run",
  "hypotheses.json": "The hypotheses, as stated before the data",
  "analysis_plan.json": "The analysis plans, as stated before the data",
  "study.sqlite": "The tables with types and keys",
  SHA256SUMS: "Hashes of the files, for sha256sum -c",
}

const formats: Readonly<Record<string, string>> = {
  yaml: "application/yaml",
  csv: "text/csv",
  json: "application/json",
  jsonl: "application/jsonl",
  sqlite: "application/vnd.sqlite3",
  parquet: "application/vnd.apache.parquet",
}

const extension = (path: string): string => path.slice(path.lastIndexOf(".") + 1)

const entity = (...entries: ReadonlyArray<readonly [string, Value | undefined]>): Value => {
  const map = new Map<string, Value>()
  for (const [key, value] of entries) if (value !== undefined) map.set(key, value)
  return map
}

const reference = (id: string): Value => entity(["@id", id])

const fileId = (path: string): string => encodeURI(path)

/** The metadata as text, with its final line end. @category conversions */
export const text = ({ datePublished, files, ledgerRunId, softwareVersion, study }: CrateInput): string => {
  const authors = [...new Set(study.authors.filter((author) => author.trim() !== ""))]
  const authorId = (author: string): string => `#author-${encodeURIComponent(author.trim())}`
  const sorted = [...files].sort((a, b) => StableJson.compareCodePoints(a.path, b.path))
  const graph: Array<Value> = [
    entity(
      ["@id", crateName],
      ["@type", "CreativeWork"],
      ["about", reference("./")],
      ["conformsTo", reference("https://w3id.org/ro/crate/1.1")],
    ),
    entity(
      ["@id", "./"],
      ["@type", "Dataset"],
      ["identifier", study.studyId],
      ["name", study.title],
      ["description", study.description.trim() === "" ? study.title : study.description],
      ["datePublished", datePublished],
      // A study says nothing of a licence; the specification wants a statement.
      ["license", "No licence is stated; ask the authors before reuse."],
      ["keywords", study.tags.length === 0 ? undefined : study.tags.join(", ")],
      ["author", authors.length === 0 ? undefined : authors.map((author) => reference(authorId(author)))],
      ["hasPart", sorted.map(({ path }) => reference(fileId(path)))],
      ["mentions", [reference("#run")]],
    ),
    entity(
      ["@id", "#run"],
      ["@type", "CreateAction"],
      ["name", `Run of the study ${study.studyId}`],
      ["identifier", ledgerRunId],
      ["endTime", datePublished],
      ["instrument", reference("#heddle")],
      ["object", [reference("study.yaml")]],
      ["result", sorted.filter(({ path }) => path !== "study.yaml").map(({ path }) => reference(fileId(path)))],
    ),
    entity(["@id", "#heddle"], ["@type", "SoftwareApplication"], ["name", "Heddle"], ["version", softwareVersion]),
    ...authors.map((author) => entity(["@id", authorId(author)], ["@type", "Person"], ["name", author.trim()])),
    ...sorted.map(({ bytes, path, sha256 }) =>
      entity(
        ["@id", fileId(path)],
        ["@type", "File"],
        ["name", path],
        [
          "description",
          descriptions[path] ?? (path.endsWith(".parquet") ? descriptions[`${path.slice(0, -8)}.csv`] : undefined),
        ],
        ["encodingFormat", formats[extension(path)] ?? "text/plain"],
        ["contentSize", String(bytes)],
        ["sha256", sha256],
      ),
    ),
  ]
  return `${StableJson.indented(entity(["@context", "https://w3id.org/ro/crate/1.1/context"], ["@graph", graph]))}\n`
}
