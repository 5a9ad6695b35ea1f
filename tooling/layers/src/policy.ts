/**
 * The design's dependency rules as data: which package may use which, and which layer may use which.
 *
 * @layer contract
 * @module
 */
import type { Layer } from "./ModuleSource.ts"

/** For each package in `packages/`, the packages it may import. A new package gets its line here first. */
export const packageDependencies: Readonly<Record<string, ReadonlyArray<string>>> = {
  core: [],
  imaging: [],
  studies: ["core"],
  experiments: ["core"],
  staging: ["core"],
  plates: ["core", "imaging"],
  imednet: ["core", "studies"],
  cluster: ["core"],
  api: ["core", "studies", "experiments", "plates", "staging"],
}

/** For each layer, the layers it may import. */
export const layerDependencies: Readonly<Record<Layer, ReadonlyArray<Layer>>> = {
  contract: ["contract"],
  logic: ["contract", "logic"],
  adapter: ["contract", "logic", "adapter"],
  app: ["contract", "logic", "adapter", "app"],
}

/** Folders under a package's `src` whose modules may use Node; all other modules run on any platform. */
export const platformFolders: ReadonlyArray<string> = ["node", "testing"]

/** Imports that tie a module to Node. */
export const isPlatformImport = (specifier: string): boolean =>
  specifier.startsWith("node:") ||
  /^@effect\/platform-(node|bun|deno)/.test(specifier) ||
  builtinNames.has(specifier.split("/")[0] ?? "")

/** Node's built-in modules that can be named without `node:`. */
const builtinNames = new Set(
  (
    "assert async_hooks buffer child_process cluster console constants crypto dgram diagnostics_channel dns domain events fs http http2 https " +
    "inspector module net os path perf_hooks process punycode querystring readline repl stream string_decoder sys timers tls trace_events tty " +
    "url util v8 vm wasi worker_threads zlib"
  ).split(" "),
)
