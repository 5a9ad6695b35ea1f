/**
 * `kill -9` of a durable run over 500 studies at random moments. The witnesses are outside of us: the server's request
 * log, and what the killed process had already told its reader.
 */
import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { join } from "node:path"
import { Server } from "@heddle/imednet/testing"
import { afterAll, beforeAll, describe, expect, it } from "vitest"
import { credentials, folder, jsonLines, start } from "./harness.ts"

const studies = 500
const concurrency = 8
/** A fixed sample in the ordinary run; all of them with HEDDLE_SOAK. */
const kills = process.env["HEDDLE_SOAK"] === undefined ? 8 : 50

let server: Server.Running

beforeAll(async () => {
  server = await Server.start({
    studies,
    seed: 11,
    size: "small",
    latencyMs: [5, 25],
    credentials: { apiKey: "KEY-1234", securityKey: "SEC-5678" },
  })
})
afterAll(() => server.close())

/** mulberry32, seeded, so that a failure can be repeated. */
const randomFrom = (seed: number) => () => {
  seed = (seed + 0x6d2b79f5) | 0
  let t = Math.imul(seed ^ (seed >>> 15), 1 | seed)
  t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
  return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
}

/** Which studies were asked for their subjects since the log was cleared, and how often. */
const asked = (): ReadonlyMap<string, number> => {
  const counts = new Map<string, number>()
  for (const request of server.log.matching("GET", /\/subjects$/)) {
    const key = decodeURIComponent(request.path.split("/").at(-2) ?? "")
    counts.set(key, (counts.get(key) ?? 0) + 1)
  }
  return counts
}

const finishedIn = (stdout: string): ReadonlySet<string> => {
  // The last line may be torn: the process was killed while it wrote.
  const whole = stdout.slice(0, stdout.lastIndexOf("\n") + 1)
  return new Set(
    jsonLines(whole)
      .filter((line) => line["type"] === "unitFinished")
      .map((line) => String(line["studyKey"])),
  )
}

describe("kill -9 of a run over 500 studies", () => {
  const random = randomFrom(20_261_121)
  const moments = Array.from({ length: kills }, () => random())
  for (const [index, moment] of moments.entries()) {
    it(`at moment ${index + 1} (${moment.toFixed(3)}): the resumed run ends complete and repeats nothing finished`, async () => {
      using workspace = folder()
      const flags = [
        "--workspace",
        workspace.path,
        "--base-url",
        server.baseUrl,
        "--rate",
        "10000",
        "--json",
        "--concurrency",
        String(concurrency),
      ]
      server.log.clear()
      const first = start(["studies", "run", "--run-id", "r1", "--pipeline", "subject-count", ...flags], {
        env: credentials,
      })
      // A share of the run, not of time: how far it gets does not depend on the machine.
      const target = Math.floor(moment * (studies + 20)) - 10
      await new Promise<void>((resolve) => {
        const timer = setInterval(() => {
          const done = target <= 0 ? server.log.count() > 0 : asked().size >= Math.min(target, studies)
          if (!done && first.child.exitCode === null) return
          clearInterval(timer)
          resolve()
        }, 1)
      })
      first.child.kill("SIGKILL")
      const killed = await first.done
      const acknowledged = finishedIn(killed.stdout)
      const before = asked()

      server.log.clear()
      const second = await start(["studies", "resume", "r1", ...flags], { env: credentials }).done
      const after = asked()
      if (killed.signal === null) {
        // The kill came after the end: then there is nothing to resume, and nothing is asked.
        expect([second.code, after.size]).toEqual([10, 0])
        return
      }
      if (second.code === 10 && before.size === 0) return // Killed before the run was entered: there is no run.
      expect(second.code, second.stderr).toBe(0)
      const repeated = [...after.keys()].filter((key) => before.has(key))
      expect(repeated.filter((key) => acknowledged.has(key))).toEqual([])
      expect(repeated.length).toBeLessThanOrEqual(concurrency)
      expect([...after.values()].every((count) => count === 1)).toBe(true)
      expect(new Set([...before.keys(), ...after.keys()]).size).toBe(studies)

      const receipt = jsonLines(second.stdout).at(-1)
      expect(receipt?.["type"]).toBe("receipt")
      const units = receipt?.["units"] as ReadonlyArray<{ id: string; status: string }>
      expect(new Set(units.map((unit) => unit.id)).size).toBe(studies)
      expect(units.filter((unit) => unit.status !== "succeeded" && unit.status !== "reused")).toEqual([])
      expect(units.filter((unit) => unit.status === "reused").length).toBe(studies - after.size)
      const verified = await start(["runs", "verify", "r1", "--workspace", workspace.path]).done
      expect(verified.code, verified.stderr).toBe(0)
    })
  }
})

describe("kill -9 of an extract", () => {
  const include = Array.from({ length: 24 }, (_, index) => ["--include", `S${String(index).padStart(5, "0")}`]).flat()
  const flags = ["--resource", "subjects", "--resource", "sites", "--rate", "10000", "--concurrency", "4"]
  const sums = (folderPath: string): ReadonlyArray<string> =>
    readdirSync(folderPath, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => join(entry.parentPath, entry.name))
      // The manifest says when its tables were read, which is another time each time.
      .filter((path) => !path.endsWith("extract.json"))
      .toSorted()
      .map(
        (path) =>
          `${spawnSync("sha256sum", [path], { encoding: "utf8" }).stdout.slice(0, 64)} ${path.slice(folderPath.length)}`,
      )

  it(
    "at any moment: the resumed extract has the files that one without a kill has, byte for byte, and nothing else",
    { timeout: 240_000 },
    async () => {
      using workspace = folder()
      const at = (name: string) => ["--workspace", join(workspace.path, `ws-${name}`), "--base-url", server.baseUrl]
      const words = (name: string) => [
        "studies",
        "extract",
        "--out",
        join(workspace.path, name),
        ...include,
        ...flags,
        ...at(name),
      ]
      server.log.clear()
      const clean = await start(words("clean"), { env: credentials }).done
      expect(clean.code, clean.stderr).toBe(0)
      const requests = server.log.count()
      const wanted = sums(join(workspace.path, "clean")).map((line) => line)
      expect(wanted).toHaveLength(48)
      const random = randomFrom(7)
      for (let round = 0; round < (process.env["HEDDLE_SOAK"] === undefined ? 4 : 20); round++) {
        const name = `killed-${round}`
        server.log.clear()
        const first = start(words(name), { env: credentials })
        const target = 1 + Math.floor(random() * (requests - 1))
        await new Promise<void>((resolve) => {
          const timer = setInterval(() => {
            if (server.log.count() < target && first.child.exitCode === null) return
            clearInterval(timer)
            resolve()
          }, 1)
        })
        first.child.kill("SIGKILL")
        await first.done
        const again = await start(["studies", "resume", "--rate", "10000", ...at(name)], { env: credentials }).done
        if (again.code === 10) {
          // Killed before the run was entered, or after it had ended.
          const whole = await start(words(name), { env: credentials }).done
          expect(whole.code, whole.stderr).toBe(0)
        } else expect(again.code, again.stderr).toBe(0)
        expect(sums(join(workspace.path, name))).toEqual(wanted)
        const verified = await start(["runs", "verify", "--workspace", join(workspace.path, `ws-${name}`)]).done
        expect(verified.code, verified.stderr).toBe(0)
      }
    },
  )
})
