/**
 * Who may read what a command writes. Extracts, receipts and the ledger hold patients' data, so unless it is said
 * otherwise only the user who runs the command can read them: files 0600, folders 0700.
 *
 * @layer adapter
 * @module
 */
import type { Settings } from "../config/Setting.ts"

/** Permission bits that are taken away from everything that is made. */
const masks: Readonly<Record<string, number>> = { owner: 0o077, group: 0o007 }

/**
 * Holds for everything that this process and the processes and threads it starts make from now on; what is there already
 * stays as it is. Bits that the user's own mask takes away stay away; `system` changes nothing.
 */
export const restrict = (settings: Settings): void => {
  const mask = masks[settings.text("file-access") ?? "owner"]
  if (mask !== undefined) process.umask(mask | process.umask())
}
