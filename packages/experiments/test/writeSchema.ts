/**
 * Writes the JSON Schema of study files beside this package; a test says when it is out of date.
 *
 * @layer app
 * @module
 */
import { writeFileSync } from "node:fs"
import { jsonSchema } from "../src/StudySchema.ts"

writeFileSync(new URL("../study.schema.json", import.meta.url), `${JSON.stringify(jsonSchema(), undefined, 2)}\n`)
