/**
 * Commands to paste: what a hint tells people to type next, quoted for a shell, with the flags that this command was
 * given and the next one needs as well.
 *
 * @layer logic
 * @module
 */
import { pasteable } from "../cli/program.ts"
import type { CliShape } from "./Cli.ts"

/** Flags that say where things are; a follow-up command without them would look elsewhere. */
const placeFlags = ["workspace", "config", "base-url"]

/** `heddle <words>` with the places of this command. */
export const paste = (
  { env, settings }: Pick<CliShape, "env" | "settings">,
  ...words: ReadonlyArray<string>
): string => {
  const places = placeFlags.flatMap((name) => {
    const setting = settings.get(name)
    return setting !== undefined && setting.source === `--${name}` ? [`--${name}`, String(setting.value)] : []
  })
  return pasteable(["heddle", ...[...words, ...places].map(shellWord)].join(" "), env)
}

/** A word as a shell takes it. */
export const shellWord = (word: string): string =>
  /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
