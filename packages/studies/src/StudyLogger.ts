/**
 * The study logger in the form that people know from the Python SDK: an adapter that puts the study's key, under both
 * spellings, into every line's extras.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import type { StudyKey } from "./StudyKey.ts"
import * as StudyLog from "./StudyLog.ts"

/** What lines of a study are logged under. */
export const loggerName = "imednet.orchestration"

/** One line as it is handed to a logger. @category models */
export interface LogRecord {
  readonly logger: string
  readonly level: StudyLog.Level
  readonly message: string
  readonly extra: Readonly<Record<string, unknown>>
}

/** Where an adapter writes to. @category models */
export interface BaseLogger {
  readonly name: string
  readonly write: (record: LogRecord) => void
}

/** Adds `study_key` and `studyKey` to every line. @category models */
export class StudyContextLogAdapter implements StudyLog.StudyLog {
  readonly logger: BaseLogger
  readonly #studyKey: StudyKey

  constructor(logger: BaseLogger, studyKey: StudyKey) {
    this.logger = logger
    this.#studyKey = studyKey
  }

  get studyKey(): StudyKey {
    return this.#studyKey
  }

  /** The line as it will be written. The study's keys win over the caller's extras, which are not changed. */
  process(
    message: string,
    options: { readonly extra?: StudyLog.Extra } = {},
  ): readonly [message: string, options: { readonly extra: Readonly<Record<string, unknown>> }] {
    return [message, { ...options, extra: { ...options.extra, ...StudyLog.annotations(this.#studyKey) } }]
  }

  debug(message: string, extra?: StudyLog.Extra): void {
    this.#write("Debug", message, extra)
  }
  info(message: string, extra?: StudyLog.Extra): void {
    this.#write("Info", message, extra)
  }
  warn(message: string, extra?: StudyLog.Extra): void {
    this.#write("Warn", message, extra)
  }
  error(message: string, extra?: StudyLog.Extra): void {
    this.#write("Error", message, extra)
  }

  #write(level: StudyLog.Level, message: string, given?: StudyLog.Extra): void {
    const [text, { extra }] = this.process(message, given === undefined ? {} : { extra: given })
    this.logger.write({ logger: this.logger.name, level, message: text, extra })
  }
}

/**
 * A logger of one study. Writes to Effect's loggers unless `write` says otherwise.
 *
 * @example
 * import { makeStudyLogger } from "@heddle/studies/StudyLogger"
 *
 * const [, line] = makeStudyLogger("PROT-01").process("read", { extra: { pages: 3 } })
 * line.extra // => { pages: 3, study_key: "PROT-01", studyKey: "PROT-01" }
 *
 * @category constructors
 */
export const makeStudyLogger = (studyKey: StudyKey, write?: (record: LogRecord) => void): StudyContextLogAdapter =>
  new StudyContextLogAdapter({ name: loggerName, write: write ?? writeToEffect(Effect.runFork) }, studyKey)

/** Writes records with Effect's loggers, run by `fork`. @category constructors */
export const writeToEffect =
  (fork: (line: Effect.Effect<void>) => unknown) =>
  (record: LogRecord): void => {
    fork(
      Effect.annotateLogs(Effect.logWithLevel(record.level)(record.message), {
        logger: record.logger,
        ...record.extra,
      }),
    )
  }
