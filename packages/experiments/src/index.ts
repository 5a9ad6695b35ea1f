/**
 * @layer contract
 * @module
 */
export * as Artifacts from "./Artifacts.ts"
export * as Condition from "./Condition.ts"
export * as Design from "./Design.ts"
export * as ExperimentError from "./ExperimentError.ts"
export * as Run from "./Run.ts"
export * as Study from "./Study.ts"
export * as StudyControls from "./StudyControls.ts"
export * as Value from "./Value.ts"
