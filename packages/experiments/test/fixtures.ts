import { readFileSync } from "node:fs"

/** A fixture as text. */
export const fixtureText = (name: string): string => readFileSync(new URL(`fixtures/${name}`, import.meta.url), "utf8")

/** A fixture as JSON of JavaScript: whole numbers and floats are one kind here; compare texts where that matters. */
export const fixtureJson = (name: string): unknown => JSON.parse(fixtureText(name))
