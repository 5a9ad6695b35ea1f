/**
 * Checks the house style of this repository, or of the folder given: `node tooling/tidy/src/main.ts [root]`.
 *
 * @layer app
 * @module
 */
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { checkTidy } from "./checkTidy.ts"
import { render } from "./Finding.ts"

const root = resolve(process.argv[2] ?? fileURLToPath(new URL("../../..", import.meta.url)))
const { files, findings } = checkTidy(root)
for (const finding of findings) process.stdout.write(`${render(finding)}\n`)
process.stdout.write(findings.length === 0 ? `${files} files\n` : `${findings.length} findings in ${files} files\n`)
process.exitCode = findings.length === 0 && files > 0 ? 0 : 1
