/**
 * The layer rules of the design, as a check over imports.
 *
 * @layer logic
 * @module
 */
export * from "./checkLayers.ts"
export * as ModuleSource from "./ModuleSource.ts"
export * as Workspace from "./Workspace.ts"
