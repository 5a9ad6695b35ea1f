/**
 * Study files: from the values of a YAML or JSON file to a {@link Study} and back, and studies made in code. Reading gives
 * the whole study or every problem at once. Files of the predecessor are read as it reads them where that is safe; an
 * unknown key, a text where a list is meant, and an id that leads out of its folder are problems here.
 *
 * @layer logic
 * @module
 */
import * as Result from "effect/Result"
import * as Schema from "effect/Schema"
import type { InvalidStudy } from "./ExperimentError.ts"
import { readRecord, writeRecord } from "./internal/studyDecode.ts"
import type { Style } from "./internal/studyDecode.ts"
import { studyKeys } from "./internal/studyForm.ts"
import type { LineOf } from "./internal/studyIssues.ts"
import { IssueList, addSchemaIssues, kindOf } from "./internal/studyIssues.ts"
import { takeLegacy } from "./internal/studyLegacy.ts"
import * as JsonText from "./JsonText.ts"
import * as StableJson from "./StableJson.ts"
import { Study, schemaVersion } from "./Study.ts"
import type { FactorInput, LevelInput, PlainMap, PlainValue, StudyInput } from "./StudyInput.ts"
import type { TextError } from "./TextError.ts"
import { fromJs, isMap } from "./Value.ts"
import type { Value, ValueMap } from "./Value.ts"
import * as Yaml from "./Yaml.ts"

/** Versions of the study file that can be read. */
export const readableVersions: ReadonlyArray<string> = ["0.1.0", "0.2.0"]

/** The longest output directory, in characters. */
const outputDirLengthMax = 1_000

/**
 * Reads a study from the values of a file: the whole study, or {@link InvalidStudy} with every problem. `source` names the
 * file in messages; `lineOf` gives the line of a path in it.
 *
 * @example
 * import * as StudyFile from "@heddle/experiments/StudyFile"
 * import * as Result from "effect/Result"
 *
 * const file = new Map([["study_id", "dose"], ["titel", "Dose"]])
 * const read = StudyFile.decode(file, "dose.yaml")
 * Result.isFailure(read) ? read.failure.issues.map((issue) => issue.path) : [] // => ["titel", "title"]
 *
 * @category decoding
 */
export const decode = (
  value: Value,
  source: string,
  lineOf?: LineOf,
  options?: FolderOptions,
): Result.Result<Study, InvalidStudy> => {
  const list = new IssueList(lineOf)
  if (!isMap(value)) {
    list.add([], `a study file holds a map (keys such as study_id and title), but this is ${kindOf(value)}`)
    return Result.fail(list.error(source))
  }
  checkVersion(value, list)
  return finish(takeLegacy(value, list), source, "file", options?.anyFolder === true, list)
}

/** A study that was read, and where its parts stand in the file. @category models */
export interface StudyText {
  readonly study: Study
  /** The line of a path such as `["factors", 0, "name"]`, from 1: for checks that are made later. */
  readonly lineOf: LineOf
}

/** Whose file it is. @category models */
export interface FolderOptions {
  /** Accept an absolute `output_dir`: for a `study.yaml` that was written by Heddle among its artifacts. */
  readonly anyFolder?: boolean
}

/** The form of a text, and the file that messages name. @category models */
export interface TextFormat extends FolderOptions {
  readonly format: "yaml" | "json"
  readonly source: string
}

/**
 * Reads the text of a study file. A text that is no YAML or JSON is a `TextError`; a study that does not hold together is
 * {@link InvalidStudy}.
 *
 * @category decoding
 */
export const parse = (text: string, options: TextFormat): Result.Result<Study, InvalidStudy | TextError> =>
  Result.map(parseText(text, options), ({ study }) => study)

/**
 * As {@link parse}, with the lines of the file, so that `checkStudy` can name them.
 *
 * @category decoding
 */
export const parseText = (text: string, options: TextFormat): Result.Result<StudyText, InvalidStudy | TextError> => {
  const parsed = options.format === "yaml" ? Yaml.parse(text, options) : JsonText.parse(text, options)
  return Result.flatMap(parsed, ({ lineOf, value }) =>
    Result.map(decode(value, options.source, lineOf, options), (study) => ({ study, lineOf })),
  )
}

/**
 * Makes a study in code, with the defaults and checks of a file; only `studyId` and `title` have to be given. Values may be
 * plain data of JavaScript, where `1` is a whole number: write `Value.float(1)` for `1.0`. An absolute `outputDir` is
 * allowed here.
 *
 * @example
 * import * as StudyFile from "@heddle/experiments/StudyFile"
 * import * as Result from "effect/Result"
 *
 * const study = StudyFile.make({
 *   studyId: "dose",
 *   title: "Dose and response",
 *   factors: [StudyFile.factor("dose", [1, 2, 5]), StudyFile.factor("fasting", [true, false])],
 * })
 * Result.isSuccess(study) ? study.success.outputDir : undefined // => "artifacts/dose"
 *
 * @category constructors
 */
export const make = (input: StudyInput): Result.Result<Study, InvalidStudy> => {
  const entries = new Map<string, unknown>(Object.entries(input))
  return finish(entries, typeof input.studyId === "string" ? input.studyId : "study", "code", true, new IssueList())
}

/**
 * A level for {@link make}: its value, and its name unless the text of the value is one.
 *
 * @category constructors
 */
export const level = (
  value: PlainValue,
  options?: { readonly name?: string; readonly label?: string; readonly metadata?: PlainMap },
): LevelInput => ({ ...options, name: options?.name ?? plainText(value), value })

/**
 * A factor for {@link make} from its values; each level is named by the text of its value.
 *
 * @category constructors
 */
export const factor = (
  name: string,
  values: ReadonlyArray<PlainValue>,
  options?: Omit<FactorInput, "name" | "levels">,
): FactorInput => ({ ...options, name, levels: values.map((value) => level(value)) })

/** Text of a value as JSON has it, without the quotes of a text. */
const plainText = (value: PlainValue): string => {
  if (typeof value === "string") return value
  const converted = fromJs(value)
  return converted === undefined ? "" : StableJson.stringify(converted)
}

/**
 * A study as the values of its file: the predecessor's `to_dict`, keys in its order, `schema_version` first. The section
 * `heddle` is written only where something stands in it.
 *
 * @category encoding
 */
export const encode = (study: Study): ValueMap => {
  const written = new Map<string, Value>([["schema_version", schemaVersion]])
  for (const [key, value] of writeRecord(studyKeys, study)) {
    if (key === "heddle" && isMap(value) && value.size === 0) continue
    written.set(key, value)
  }
  return written
}

export { jsonSchema } from "./StudySchema.ts"

/** Keys that are no part of the study itself. */
const frameKeys = new Set(["schema_version", "$schema"])

const checkVersion = (file: ValueMap, list: IssueList): void => {
  const version = file.get("schema_version")
  if (version === undefined || version === null) return
  if (typeof version !== "string" || !readableVersions.includes(version)) {
    list.add(["schema_version"], `must be ${readableVersions.join(" or ")} (as text), but is ${kindOf(version)}`)
  }
}

const decodeStudy = Schema.decodeUnknownResult(Study, { errors: "all" })

const finish = (
  entries: ReadonlyMap<string, unknown>,
  source: string,
  style: Style,
  anyFolder: boolean,
  list: IssueList,
): Result.Result<Study, InvalidStudy> => {
  const file = new Map(entries)
  if (style === "file") for (const key of frameKeys) file.delete(key)
  const record = complete({ ...readRecord(studyKeys, file, [], style, list) })
  const decoded = decodeStudy(record)
  const folder = typeof record["outputDir"] === "string" ? outputDirProblem(record["outputDir"], anyFolder) : undefined
  // A study id that is refused leads the default folder astray; one issue says it.
  if (folder !== undefined && file.get(style === "file" ? "output_dir" : "outputDir") !== undefined) {
    list.add([style === "file" ? "output_dir" : "outputDir"], folder)
  }
  if (Result.isFailure(decoded)) addSchemaIssues(list, decoded.failure.issue, record, style)
  return Result.isSuccess(decoded) && list.count === 0
    ? Result.succeed(decoded.success)
    : Result.fail(list.error(source))
}

type Plain = Readonly<Record<string, unknown>>

const isRecord = (value: unknown): value is Plain =>
  typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Map)

/** Defaults that depend on something else: labels, and the output directory. */
const complete = (record: Record<string, unknown>): Plain => {
  if (Array.isArray(record["factors"])) {
    record["factors"] = record["factors"].map((factor: unknown) =>
      isRecord(factor) && Array.isArray(factor["levels"])
        ? {
            ...factor,
            levels: factor["levels"].map((level: unknown) =>
              isRecord(level) && level["label"] === null
                ? { ...level, label: typeof level["name"] === "string" ? level["name"] : "" }
                : level,
            ),
          }
        : factor,
    )
  }
  if ((record["outputDir"] === null || record["outputDir"] === "") && typeof record["studyId"] === "string") {
    record["outputDir"] = `artifacts/${record["studyId"]}`
  } else if (typeof record["outputDir"] === "string") record["outputDir"] = tidyFolder(record["outputDir"])
  return record
}

/** A folder as Python's `Path` writes it: no empty parts, no `.` parts, no slash at the end. */
const tidyFolder = (folder: string): string => {
  const parts = folder.split("/").filter((part) => part !== "" && part !== ".")
  return `${folder.startsWith("/") ? "/" : ""}${parts.join("/")}` || "."
}

const outputDirProblem = (folder: string, anyFolder: boolean): string | undefined => {
  if (folder.trim() === "") return "must not be empty"
  if (folder.length > outputDirLengthMax) return `must have at most ${outputDirLengthMax} characters`
  if (/\p{Cc}/u.test(folder) || !folder.isWellFormed()) return "must not hold control characters"
  if (folder.split(/[/\\]/).includes("..")) return "must not lead out of the folder that it is in ('..')"
  if (anyFolder) return undefined
  return /^([/\\~]|[A-Za-z]:)/.test(folder)
    ? "must be relative in a study file; say on the command line where else artifacts should go"
    : undefined
}
