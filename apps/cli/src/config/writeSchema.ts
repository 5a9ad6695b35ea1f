/**
 * Writes the JSON Schema of heddle.toml beside this package; a test says when it is out of date.
 *
 * @layer app
 * @module
 */
import { writeFileSync } from "node:fs"
import { jsonSchema } from "./Config.ts"

writeFileSync(new URL("../../heddle.schema.json", import.meta.url), `${JSON.stringify(jsonSchema(), undefined, 2)}\n`)
