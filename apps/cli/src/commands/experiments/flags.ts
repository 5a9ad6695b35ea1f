/**
 * What several commands of experiments share.
 *
 * @layer contract
 * @module
 */
import type { PositionalSpec } from "../../cli/Spec.ts"

/** The study that a command is about. */
export const studyFile: PositionalSpec = { name: "FILE", summary: "the study: .yaml, .yml or .json", required: true }
