import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterAll, describe, expect, it } from "vitest"
import * as Folders from "../src/node/Folders.ts"

const root = mkdtempSync(join(tmpdir(), "heddle-folders-"))
afterAll(() => rmSync(root, { recursive: true, force: true }))

describe("making folders", () => {
  it("makes what is missing above, and takes what is there", () => {
    Folders.makeFolder(join(root, "a", "b", "c"))
    Folders.makeFolder(join(root, "a", "b", "c"))
    expect(existsSync(join(root, "a", "b", "c"))).toBe(true)
  })

  it("a file in the way is told in the system's words", () => {
    writeFileSync(join(root, "file"), "")
    expect(() => Folders.makeFolder(join(root, "file"))).toThrow(/EEXIST/)
    expect(() => Folders.makeFolder(join(root, "file", "below"))).toThrow(/ENOTDIR/)
  })

  it("a file system that takes no entries is an end, not a loop", () => {
    // Where there is no procfs, the root itself refuses.
    expect(() => Folders.makeFolder("/proc/heddle/below")).toThrow(/ENOENT|EACCES|EPERM|EROFS/)
  })
})
