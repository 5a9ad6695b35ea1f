/**
 * The pipelines that a word on the command line can mean: built-in ones by name, and module files by path.
 *
 * @layer app
 * @module
 */
import { existsSync } from "node:fs"
import { isAbsolute, relative, resolve } from "node:path"
import { ExitCode } from "@heddle/core/ExitCode"
import * as PipelineFile from "@heddle/studies/node/PipelineFile"
import type { OrchestratorError } from "@heddle/studies/OrchestratorError"
import * as Pipeline from "@heddle/studies/Pipeline"
import type { Sink } from "@heddle/studies/Sink"
import * as Effect from "effect/Effect"
import { nearest } from "../cli/suggest.ts"
import { CommandError } from "./CommandError.ts"

/** What runs where no pipeline is named. */
export const pipelineDefault = "subject-count"

/** What the command line runs: any pipeline that needs no more than the orchestrator and a sink. */
export type AnyPipeline = Pipeline.PipelineModule | Pipeline.Pipeline<never, unknown, unknown, Sink>

const builtIns: Readonly<Record<string, () => Promise<unknown>>> = {
  "subject-count": async () => (await import("@heddle/studies/pipelines/SubjectCount")).subjectCount,
  enrollment: async () => (await import("@heddle/studies/pipelines/Enrollment")).enrollment,
  "open-queries": async () => (await import("@heddle/studies/pipelines/OpenQueries")).openQueries,
  drift: async () => (await import("@heddle/studies/pipelines/Drift")).drift,
}

/** Names of the built-in pipelines that `heddle studies run` knows. */
export const builtInNames: ReadonlyArray<string> = Object.keys(builtIns)

/** The pipeline of a stored run: also `extract`, which has a command of its own. */
export const findStoredPipeline = (
  stored: string,
  given: string | undefined,
): Effect.Effect<AnyPipeline, CommandError | OrchestratorError> => {
  if (stored === "extract") return loaded(async () => (await import("@heddle/studies/pipelines/Extract")).extract)
  return findPipeline(given ?? stored, Object.hasOwn(builtIns, given ?? stored) ? undefined : stored)
}

const looksLikeFile = (word: string): boolean => /[/\\]/.test(word) || /\.[cm]?[jt]s$/.test(word)

/** Finds a pipeline by name, or makes one of a file. `name` is what plans store for a file; its path unless given. */
export const findPipeline = Effect.fn("findPipeline")(function* (
  word: string,
  name?: string,
): Effect.fn.Return<AnyPipeline, CommandError | OrchestratorError> {
  const load = Object.hasOwn(builtIns, word) ? builtIns[word] : undefined
  if (load !== undefined) return yield* loaded(load)
  if (word === "extract") {
    return yield* new CommandError({
      tag: "OwnCommand",
      problem: "extract has a command of its own",
      hints: ["heddle studies extract --dry-run"],
      code: ExitCode.usage,
    })
  }
  const path = resolve(word)
  if (!looksLikeFile(word) || !existsSync(path)) {
    const meant = nearest(word, builtInNames)
    return yield* new CommandError({
      tag: "UnknownPipeline",
      problem: looksLikeFile(word)
        ? `there is no pipeline file ${word}`
        : `there is no pipeline ${JSON.stringify(word)}${meant === undefined ? "" : `; did you mean ${meant}?`}`,
      hints: [looksLikeFile(word) ? `ls -l ${word}` : `heddle studies plan --pipeline ${meant ?? pipelineDefault}`],
      code: ExitCode.usage,
    })
  }
  // Plans store where the file is, so that a resume finds it again.
  return { ...(yield* PipelineFile.load(path)), name: name ?? nameOf(path) }
})

/** Built-in pipelines differ in their types only; their parameters come from a stored plan or are left out. */
const isAny = (value: unknown): value is AnyPipeline => Pipeline.isPipeline(value)

const loaded = (load: () => Promise<unknown>): Effect.Effect<AnyPipeline> =>
  Effect.filterOrElse(Effect.promise(load), isAny, () => Effect.die(new Error("a built-in pipeline is none")))

/** A file's path as a plan stores it: relative where it lies below the present folder. */
const nameOf = (path: string): string => {
  const below = relative(process.cwd(), path)
  return below.startsWith("..") || isAbsolute(below) ? path : `./${below.replaceAll("\\", "/")}`
}
