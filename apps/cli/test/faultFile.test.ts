/**
 * What the command line says about fault files: the page shows a whole one that the server takes, and its JSON Schema
 * is published beside the one of the configuration.
 */
import { expect, it } from "@effect/vitest"
import * as FaultFile from "@heddle/imednet/testing/FaultFile"
import { readFileSync } from "node:fs"
import { helpPage } from "../src/cli/help.ts"
import { commands } from "../src/commands/index.ts"

it("the page of studies simulate shows a whole fault file on one line, the one that errors show", () => {
  const lines = helpPage(["studies", "simulate"], commands).split("\n")
  expect(lines).toContain(FaultFile.example)
  expect(FaultFile.parse(FaultFile.example)._tag).toBe("Success")
})

it("the published JSON Schema of fault files is current (pnpm run schema writes it anew)", () => {
  const published: unknown = JSON.parse(readFileSync(new URL("../faults.schema.json", import.meta.url), "utf8"))
  expect(published).toEqual(FaultFile.jsonSchema())
  expect(published).toMatchObject({ additionalProperties: false, required: ["rules"] })
})
