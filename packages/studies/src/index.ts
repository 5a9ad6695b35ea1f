/**
 * Multi-study orchestration, platform-free: each module is a namespace named after its concept; the names that people
 * know from the Python SDK are exported by themselves.
 *
 * @layer contract
 * @module
 */
export * as BuiltIn from "./BuiltIn.ts"
export * as Csv from "./Csv.ts"
export * as CurrentStudy from "./CurrentStudy.ts"
export * as Estimate from "./Estimate.ts"
export * as ExtractError from "./ExtractError.ts"
export * as ExtractHistory from "./ExtractHistory.ts"
export * as ExtractManifest from "./ExtractManifest.ts"
export * as FileName from "./FileName.ts"
export * as Pipeline from "./Pipeline.ts"
export { definePipeline } from "./Pipeline.ts"
export * as PipelineAdapter from "./PipelineAdapter.ts"
export * as PipelineError from "./PipelineError.ts"
export * as Compat from "./Compat.ts"
export { MultiStudyOrchestrator, isStudyWorkerCallable } from "./Compat.ts"
export type { StudyWorkerCallable } from "./Compat.ts"
export { FilterConflictError, OrchestratorError } from "./OrchestratorError.ts"
export { makeStudyLogger, StudyContextLogAdapter } from "./StudyLogger.ts"
export * as Selection from "./Selection.ts"
export * as Sink from "./Sink.ts"
export * as StudiesReport from "./StudiesReport.ts"
export type { OrchestratorResult } from "./StudiesReport.ts"
export * as StudyError from "./StudyError.ts"
export * as StudyKey from "./StudyKey.ts"
export * as StudyLog from "./StudyLog.ts"
export * as StudyMemory from "./StudyMemory.ts"
export { StudyOrchestrator } from "./StudyOrchestrator.ts"
export * as StudyRegistry from "./StudyRegistry.ts"
export * as StudyScope from "./StudyScope.ts"
export * as Table from "./Table.ts"
