/** Hostile studies and agents: a clear error or a failed run, in a process that has 256 MiB of heap. */
import { createServer, type RequestListener, type Server } from "node:http"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { describe, expect, it } from "vitest"
import * as Kill from "../fixtures/kill/harness.ts"

const program = (name: string): string => fileURLToPath(new URL(`../fixtures/kill/${name}`, import.meta.url))
const small = ["--max-old-space-size=256"]
const tell = (text: string): void => {
  if (Kill.soak) process.stderr.write(`${text}\n`)
}

const levels = (count: number) => Array.from({ length: count }, (_, index) => ({ name: `l${index}`, value: index }))
const study = (more: object): string =>
  JSON.stringify({
    study_id: "s",
    title: "t",
    factors: [{ name: "x", levels: levels(2) }],
    design_spec: { kind: "full_factorial" },
    run_budget: { replicates: 2, parallelism: 2 },
    ...more,
  })
const constrained = (expression: string): string => study({ constraints: [{ constraint_id: "c", expression }] })
const laughs = [
  "a0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol, lol]",
  ...Array.from(
    { length: 11 },
    (_, index) => `a${index + 1}: &a${index + 1} [${Array(10).fill(`*a${index}`).join(", ")}]`,
  ),
  "study_id: s",
  "title: t",
].join("\n")

/** Each with the words that its error must have, or the number of runs where it is a study like any other. */
const texts: ReadonlyArray<readonly [file: string, text: string, wanted: RegExp | number]> = [
  [
    "product.json",
    study({ factors: Array.from({ length: 9 }, (_, index) => ({ name: `f${index}`, levels: levels(10) })) }),
    /1000000000 conditions; at most 200000/,
  ],
  ["replicates.json", study({ run_budget: { replicates: 1e9 } }), /replicates.*at most 5000000 runs.*2000000000/],
  ["samples.json", study({ design_spec: { kind: "latin_hypercube", n_samples: 1e9 } }), /at most 200000/],
  ["laughs.yaml", laughs, /more than 1000000 values/],
  ["deep.json", `{"study_id":"s","title":"t","notes":${"[".repeat(100_000)}${"]".repeat(100_000)}}`, /deeper than 200/],
  ["deep.yaml", `study_id: s\ntitle: t\nnotes: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`, /deeper than 200/],
  ["parentheses.json", constrained(`${"(".repeat(10_000)}x${")".repeat(10_000)} == 1`), /constraints\[0\].expression/],
  ["nots.json", constrained(`${"not ".repeat(10_000)}x == 1`), /constraints\[0\].expression/],
  ["long.json", constrained(`x == 1 ${"or x == 1 ".repeat(100_000)}`), /constraints\[0\].expression/],
  ["power.json", constrained("9**9**9**9 == x"), /"\*\*" is not part/],
  ["repeat.json", constrained("'a' * 1000000000 == x"), /more than 1000000 parts/],
  ["nan.json", study({}).replace('"value":0', '"value":NaN').replace('"value":1', '"value":-Infinity'), /finite/],
  [
    "nan.yaml",
    "study_id: s\ntitle: t\nfactors: [{name: x, levels: [{name: a, value: .nan}, {name: b, value: .inf}]}]\ndesign_spec: {kind: full_factorial}\n",
    /finite/,
  ],
  ["keys.json", '{"study_id":"s","study_id":"q","title":"t"}', /"study_id" stands twice/],
  ["keys.yaml", "study_id: s\nstudy_id: q\ntitle: t\n", /"study_id" stands twice/],
  ["levels.json", study({ factors: [{ name: "x", levels: [...levels(1), ...levels(1)] }] }), /two levels/],
  [
    "proto.json",
    study({
      factors: [
        { name: "__proto__", levels: levels(2) },
        { name: "constructor", levels: levels(1) },
      ],
    }),
    4,
  ],
  ["protoKey.json", `{"__proto__":{"polluted":1},${study({}).slice(1)}`, /__proto__: unknown key/],
  [
    "factors.json",
    study({ factors: Array.from({ length: 100_000 }, (_, index) => ({ name: `f${index}`, levels: levels(1) })) }),
    /at most 1000/,
  ],
  ["large.json", study({ notes: "x".repeat(10_000_000) }), 4],
  ["largeId.json", study({ study_id: "x".repeat(10_000_000) }), /at most 200 characters/],
  ["traversal.json", study({ study_id: "../../etc/x" }), /study_id: names a folder/],
  ["slash.json", study({ study_id: "a/b" }), /study_id: names a folder/],
  ["output.json", study({ output_dir: "../../../etc" }), /output_dir: must not lead out/],
  ["absolute.json", study({ output_dir: "/etc/heddle" }), /output_dir: must be relative/],
  ["nul.json", study({ output_dir: "a\u0000b" }), /control characters/],
  ["matrix.json", study({ design_spec: { kind: "custom_matrix", matrix_path: "../../../etc/passwd" } }), /matrix/],
]

describe("a hostile study file", () => {
  it("is an error that says where, or a study like any other; never a crash, a hang or a heap that is full", async () => {
    using work = Kill.temporary()
    for (const [file, text] of texts) writeFileSync(join(work.path, file), text)
    const ended = await Kill.child(program("parse.ts"), [work.path], undefined, { flags: small })
    expect(ended.code, ended.stderr).toBe(0)
    const lines = ended.stdout
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line))
    const last = lines.pop()
    expect(last.polluted).toBe(false)
    tell(`hostile studies: peak ${last.peakMb} MiB`)
    expect(lines).toHaveLength(texts.length)
    for (const [file, , wanted] of texts) {
      const found = lines.find(({ name }) => name === file)
      if (typeof wanted === "number") expect(found).toEqual({ name: file, runs: wanted })
      else {
        expect(found.error, file).toMatch(wanted)
        expect(found.defect, file).toBe(false)
      }
    }
  })
})

const outcomesOf = async (kind: string, url = "") => {
  const ended = await Kill.child(program("hostile.ts"), [kind, url], undefined, { flags: small })
  expect(ended.code, ended.stderr).toBe(0)
  const { outcomes, peakMb } = JSON.parse(
    ended.stdout
      .trim()
      .split("\n")
      .at(-1)
      ?.replace(/^half a line/, "") ?? "",
  )
  tell(`${kind}: peak ${peakMb} MiB`)
  const of = (agent: string) =>
    outcomes
      .filter(({ label }: { label: string }) => label.includes(`agent_id=${agent}`))
      .map(({ failure, status }: { failure?: string; status: string }) => [status, failure ?? ""])
  // One bad agent never stops the others.
  expect(of("good")).toEqual([
    ["succeeded", ""],
    ["succeeded", ""],
  ])
  return { hostile: of("hostile"), stderr: ended.stderr }
}

describe("a hostile agent", () => {
  const cases: ReadonlyArray<readonly [kind: string, status: string, failure: RegExp]> = [
    ["cyclic", "failed", /cycle/],
    ["throwsUndefined", "failed", /undefined was thrown/],
    ["hostileError", "failed", /without a message/],
    ["never", "timedOut", /no result within/],
    ["spins", "timedOut", /no result within/],
    ["kills", "failed", /ended its worker/],
    ["command", "failed", /no answer within/],
    ["big", "succeeded", /^$/],
    ["prints", "succeeded", /^$/],
  ]
  it.each(cases)("that does %s ends as %s, and the others' runs are done", async (kind, status, failure) => {
    const { hostile } = await outcomesOf(kind)
    expect(hostile).toHaveLength(2)
    for (const [found, said] of hostile) {
      expect(found).toBe(status)
      expect(said).toMatch(failure)
    }
  })

  const served = async (answer: RequestListener) => {
    const server: Server = createServer(answer)
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
    const address = server.address()
    try {
      return await outcomesOf("url", `http://127.0.0.1:${typeof address === "object" ? address?.port : 0}/`)
    } finally {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    }
  }

  it("at a web address that never answers, or that never stops, is a failed run", async () => {
    const silent = await served(() => {})
    expect(silent.hostile.map(([status]: [string]) => status)).toEqual(["failed", "failed"])
    const chunk = Buffer.alloc(1024 * 1024, "x")
    let sent = 0
    const endless = await served((_, response) => {
      const more = (): void => {
        while (sent < 1024 && !response.destroyed) {
          sent++
          if (!response.write(chunk)) return void response.once("drain", more)
        }
        response.end()
      }
      more()
    })
    expect(endless.hostile.map(([status]: [string]) => status)).toEqual(["failed", "failed"])
    expect(sent).toBeLessThan(1024)
  })
})
