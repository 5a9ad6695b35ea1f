/**
 * Checks the layer rules of this repository, or of the folder given: `node tooling/layers/src/main.ts [root]`.
 *
 * @layer app
 * @module
 */
import { resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { checkLayers, render } from "./checkLayers.ts"

const root = resolve(process.argv[2] ?? fileURLToPath(new URL("../../..", import.meta.url)))
const { modules, violations } = checkLayers(root)
for (const violation of violations) process.stdout.write(`${render(violation)}\n`)
process.stdout.write(
  violations.length === 0 ? `${modules} modules\n` : `${violations.length} violations in ${modules} modules\n`,
)
process.exitCode = violations.length === 0 && modules > 0 ? 0 : 1
