import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll } from "vitest"
import * as LedgerSqlite from "../src/node/LedgerSqlite.ts"
import { suite } from "./LedgerSuite.ts"
const root = mkdtempSync(join(tmpdir(), "heddle-ledger-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))
let files = 0
const newPath = () => join(root, `ledger-${++files}.sqlite`)
suite("SQLite", () => LedgerSqlite.layer({ path: newPath() }))
suite("SQLite, FULL", () => LedgerSqlite.layer({ path: newPath(), durability: "full" }))
