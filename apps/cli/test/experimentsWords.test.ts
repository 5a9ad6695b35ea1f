/** Words of studies by design that several commands say, which have to be the same. */
import { describe, expect, it } from "vitest"
import { put } from "./experimentFiles.ts"
import { folder, run } from "./harness.ts"

const study = `study_id: s
title: T
factors:
  - name: dose
    levels: [{name: low, value: 1.0}]
  - name: stirred
    levels: [{name: stirring, value: true}]
`

describe("the values of a condition", () => {
  it("are said by status as by the run's own table", async () => {
    using dir = folder()
    put(dir.path, "study.yaml", study)
    put(dir.path, "lab.mjs", "export default () => ({ outputs: {}, metrics: {} })")
    const result = await run(["experiments", "run", "study.yaml", "--runner", "./lab.mjs"], { cwd: dir.path })
    expect(result.stdout).toContain("dose=1.0, stirred=True · replicate 1")
    const status = await run(["experiments", "status"], { cwd: dir.path })
    expect(status.stdout).toContain("\tdose=1.0, stirred=True\t")
  })
})
