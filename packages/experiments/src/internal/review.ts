/**
 * What a review of a study finds, collected under a bound.
 *
 * @layer logic
 * @module
 */
import type { Issue } from "../ExperimentError.ts"
import type { LineOf, Nearest, Path } from "./studyIssues.ts"
import { IssueList } from "./studyIssues.ts"

/** An issue and whether it stops the study. */
export interface Finding extends Issue {
  readonly severity: "error" | "warning"
}

/** Collects findings; each severity keeps as many as an error does. */
export class Review {
  readonly #errors: IssueList
  readonly #warnings: IssueList
  constructor(lineOf?: LineOf) {
    this.#errors = new IssueList(lineOf)
    this.#warnings = new IssueList(lineOf)
  }
  /** Something that stops the study. */
  error(path: Path, message: string, nearest?: Nearest): void {
    this.#errors.add(path, message, nearest)
  }
  /** Something that is worth a look. */
  warn(path: Path, message: string, nearest?: Nearest): void {
    this.#warnings.add(path, message, nearest)
  }
  /** Errors, then warnings. */
  get findings(): ReadonlyArray<Finding> {
    return [
      ...this.#errors.issues.map((issue): Finding => ({ ...issue, severity: "error" })),
      ...this.#warnings.issues.map((issue): Finding => ({ ...issue, severity: "warning" })),
    ]
  }
}
