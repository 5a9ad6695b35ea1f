/**
 * Writes the JSON Schemas of heddle.toml and of fault files beside this package; tests say when one is out of date.
 *
 * @layer app
 * @module
 */
import { writeFileSync } from "node:fs"
import * as FaultFile from "@heddle/imednet/testing/FaultFile"
import { jsonSchema } from "./Config.ts"

const write = (name: string, schema: object): void =>
  writeFileSync(new URL(`../../${name}`, import.meta.url), `${JSON.stringify(schema, undefined, 2)}\n`)

write("heddle.schema.json", jsonSchema())
write("faults.schema.json", FaultFile.jsonSchema())
