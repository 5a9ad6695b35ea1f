/**
 * Which copy of `effect` and `@heddle/*` a user's file gets: this installation's own, wherever the file lies and
 * whatever is installed beside it. Two copies of one library in one program do not know each other's errors and
 * services. Imports nothing of Effect, so that worker threads start quickly.
 *
 * @layer adapter
 * @module
 */
import { registerHooks } from "node:module"

const owned = /^(effect|@heddle\/[^/]+)(\/|$)/

/**
 * Sends imports of `effect` and `@heddle/*` to the first of `bases` (file URLs) that can see the package; where none
 * can, the importing file's own folder decides as usual. Returns what takes the rule away again.
 */
export const install = (bases: ReadonlyArray<string>): (() => void) => {
  const hooks = registerHooks({
    resolve: (specifier, context, nextResolve) => {
      const name = owned.exec(specifier)?.[1]
      if (name === undefined) return nextResolve(specifier, context)
      for (const base of bases) {
        const from = { ...context, parentURL: base }
        try {
          return nextResolve(specifier, from)
        } catch (error) {
          // The package is there and has no such module: another copy must not be mixed in for that one.
          if (canSee(() => nextResolve(name, from))) throw error
        }
      }
      return nextResolve(specifier, context)
    },
  })
  return () => hooks.deregister()
}

const canSee = (resolve: () => unknown): boolean => {
  try {
    resolve()
    return true
  } catch {
    return false
  }
}
