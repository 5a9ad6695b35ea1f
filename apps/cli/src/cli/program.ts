/**
 * How this program was started, and so how a hint must spell it: `heddle`, or the npm script of a checkout.
 *
 * @layer logic
 * @module
 */

/** True where the repository's launcher started us, as `npm run -s heddle` does. */
export const isLaunched = (env: Readonly<Record<string, string | undefined>>): boolean => env["HEDDLE_LAUNCHED"] === "1"

/** A hint with the program's name as it can be pasted, also where a command stands behind a sentence. */
export const pasteable = (hint: string, env: Readonly<Record<string, string | undefined>>): string =>
  isLaunched(env) ? hint.replaceAll(/(^|: |`|\()heddle (?=[a-z-])/g, "$1npm run -s heddle -- ") : hint
