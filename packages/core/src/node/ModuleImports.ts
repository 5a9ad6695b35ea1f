/**
 * Users' files import `effect` and `@heddle/*` from this installation, wherever they lie on the disk. Worker threads of
 * `PlacementWorkers` do this by themselves; this layer does it for modules that run in this process.
 *
 * @layer adapter
 * @module
 */
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import { install } from "./internal/importHooks.ts"

/** From where packages are looked up. @category models */
export interface ModuleImportsOptions {
  /**
   * `file:` URLs from where the packages are looked up, in this order; a command line gives its own `import.meta.url`,
   * since it sees all areas. This package, which sees `effect` and itself, unless given.
   */
  readonly bases?: ReadonlyArray<string>
}

/** The bases in force unless others are given. @category constants */
export const basesDefault: ReadonlyArray<string> = [import.meta.url]

/** Sends such imports to this installation for as long as the layer's scope is open. @category layers */
export const layer = (options: ModuleImportsOptions = {}): Layer.Layer<never> =>
  Layer.effectDiscard(
    Effect.acquireRelease(
      Effect.sync(() => install(options.bases ?? basesDefault)),
      (uninstall) => Effect.sync(uninstall),
    ),
  )
