/**
 * What of experiments needs Node: the files of a study as text, database, Parquet and archive, agents that are programs or
 * module files, bindings, and progress on a terminal.
 *
 * @layer adapter
 * @module
 */
export * as ArtifactsNode from "./ArtifactsNode.ts"
export * as Bind from "./Bind.ts"
export * as BindingsFile from "./BindingsFile.ts"
export * as CommandAgent from "./CommandAgent.ts"
export * as RunModuleFile from "./RunModuleFile.ts"
export * as StudyBundle from "./StudyBundle.ts"
export * as StudyParquet from "./StudyParquet.ts"
export * as StudyProgressTerminal from "./StudyProgressTerminal.ts"
export * as StudySqlite from "./StudySqlite.ts"
