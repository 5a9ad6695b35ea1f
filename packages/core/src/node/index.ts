/**
 * The core on Node: files, SQLite, worker threads, the terminal.
 *
 * @layer adapter
 * @module
 */
export * as DurableNode from "./DurableNode.ts"
export * as Folders from "./Folders.ts"
export * as LedgerSqlite from "./LedgerSqlite.ts"
export * as ModuleImports from "./ModuleImports.ts"
export * as ModuleSource from "./ModuleSource.ts"
export * as PlacementWorkers from "./PlacementWorkers.ts"
export * as ProcessIdentity from "./ProcessIdentity.ts"
export * as ProgressTerminal from "./ProgressTerminal.ts"
