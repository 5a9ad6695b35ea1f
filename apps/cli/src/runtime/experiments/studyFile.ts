/**
 * A study file as a command is given it: read whole under a bound, decoded with all problems at once, and the rows of its
 * matrix file where it names one. Reading a study file never runs code.
 *
 * @layer adapter
 * @module
 */
import { existsSync, readFileSync, statSync } from "node:fs"
import { dirname, extname, resolve } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import { buildDesign, type BuiltConditions, type DesignMatrix } from "@heddle/experiments/BuildDesign"
import { DesignError, InvalidStudy } from "@heddle/experiments/ExperimentError"
import type { Study } from "@heddle/experiments/Study"
import * as StudyFile from "@heddle/experiments/StudyFile"
import type { TextError } from "@heddle/experiments/TextError"
import { checkStudy, type StudyReview } from "@heddle/experiments/ValidateStudy"
import * as Effect from "effect/Effect"
import { CommandError } from "../CommandError.ts"
import { shellWord } from "../paste.ts"

/** The largest study or matrix file that is read, in bytes. */
const fileBytesMax = 32 * 1024 * 1024

const formats: Readonly<Record<string, "yaml" | "json">> = { ".yaml": "yaml", ".yml": "yaml", ".json": "json" }

/** A study with where it is from. */
export interface LoadedStudy {
  readonly study: Study
  /** The path as it was given. */
  readonly file: string
  /** The folder of the file, absolute: files that the study names are looked for there first. */
  readonly folder: string
  /** The text of the file and how it is written, as it was read. */
  readonly text: string
  readonly format: "yaml" | "json"
}

/** Reads a text file whole. `what` names it in messages: `study file`. */
export const readText = (path: string, what: string): Effect.Effect<string, CommandError> =>
  Effect.try({
    try: () => {
      const stat = statSync(path)
      if (!stat.isFile()) throw new Error("it is no file")
      if (stat.size > fileBytesMax) throw new Error(`it has ${stat.size} bytes; at most ${fileBytesMax} are read`)
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(readFileSync(path))
    },
    catch: (error) =>
      new CommandError({
        tag: "FileUnreadable",
        problem: `the ${what} ${path} cannot be read: ${problemOf(error)}`,
        hints: [`ls -l ${shellWord(path)}`],
        code: ExitCode.usage,
      }),
  })

const problemOf = (error: unknown): string => {
  if (error instanceof Error && "code" in error && error.code === "ENOENT") return "there is none"
  if (error instanceof Error && "code" in error && error.code === "ERR_ENCODING_INVALID_ENCODED_DATA") {
    return "it is no UTF-8 text"
  }
  return error instanceof Error ? error.message : String(error)
}

/** Reads and decodes a study file. */
export const loadStudy = Effect.fn("loadStudy")(function* (
  file: string,
): Effect.fn.Return<LoadedStudy, CommandError | InvalidStudy | TextError> {
  const path = resolve(file)
  const format = formats[extname(path).toLowerCase()]
  if (format === undefined) {
    return yield* new CommandError({
      tag: "UsageError",
      problem: `a study file ends in .yaml, .yml or .json; this is ${file}`,
      hints: ["heddle experiments init study.yaml"],
      code: ExitCode.usage,
    })
  }
  const text = yield* readText(path, "study file")
  const study = yield* decodeStudy(text, format, file)
  return { study, file, folder: dirname(path), text, format }
})

/** What the checks of a study say; fails where it has errors. */
export const reviewed = ({
  file,
  study,
}: Pick<LoadedStudy, "file" | "study">): Effect.Effect<StudyReview, InvalidStudy> => {
  const review = checkStudy(study)
  return review.errors.length === 0
    ? Effect.succeed(review)
    : Effect.fail(new InvalidStudy({ source: file, issues: review.errors, count: review.errors.length }))
}

/** A study from a text that is at hand already, such as one that was kept when its run began. */
export const decodeStudy = (
  text: string,
  format: "yaml" | "json",
  source: string,
): Effect.Effect<Study, InvalidStudy | TextError> => Effect.fromResult(StudyFile.parse(text, { format, source }))

/** The rows that a study of the kind `custom_matrix` names: beside the study file, else where the command was given. */
export const matrixOf = Effect.fnUntraced(function* ({
  folder,
  study,
}: Pick<LoadedStudy, "folder" | "study">): Effect.fn.Return<DesignMatrix | undefined, CommandError | DesignError> {
  const { kind, matrixPath, options } = study.designSpec
  const named = matrixPath ?? options.get("matrix_path")
  if (kind !== "custom_matrix" || typeof named !== "string") return undefined
  const format = extname(named).toLowerCase()
  if (format !== ".json" && format !== ".csv") {
    return yield* new DesignError({
      kind,
      option: "design_spec.matrix_path",
      problem: `a matrix file ends in .json or .csv; this is ${named}`,
      hints: ["write the rows as a list of maps (JSON) or as CSV with a header"],
    })
  }
  const beside = resolve(folder, named)
  const path = existsSync(beside) ? beside : existsSync(resolve(named)) ? resolve(named) : beside
  return { text: yield* readText(path, "matrix file"), format: format === ".json" ? "json" : "csv", path: named }
})

/** Builds the conditions of a study file. */
export const designOf = Effect.fn("designOf")(function* (
  loaded: LoadedStudy,
): Effect.fn.Return<BuiltConditions, CommandError | DesignError> {
  const matrix = yield* matrixOf(loaded)
  return yield* Effect.fromResult(buildDesign(loaded.study, matrix === undefined ? {} : { matrix }))
})
