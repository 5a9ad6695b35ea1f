/**
 * The parts of multi-study orchestration that need Node: sinks that write files, pipelines from files.
 *
 * @layer adapter
 * @module
 */
export * as PipelineFile from "./PipelineFile.ts"
export * as SinkCsv from "./SinkCsv.ts"
export * as SinkJsonLines from "./SinkJsonLines.ts"
export * as SinkParquet from "./SinkParquet.ts"
export * as SinkSqlite from "./SinkSqlite.ts"
