import { spawn, spawnSync } from "node:child_process"
import {
  appendFileSync,
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  writeFileSync,
} from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { afterEach, describe, expect, it } from "vitest"

const repository = fileURLToPath(new URL("../../..", import.meta.url))
const { packageManager, engines }: { readonly packageManager: string; readonly engines: object } = JSON.parse(
  readFileSync(join(repository, "package.json"), "utf8"),
)

/** Stands for the machine's own pnpm: notes each call, makes what an install leaves, and runs nothing. */
const pnpm = (version: string, status: number) => `#!/bin/sh
if [ "$1" = "--version" ]; then echo "${version}"; exit 0; fi
echo "$@" >> calls.txt
echo "chatter of the install"
if [ "$1" = "install" ] && [ ${status} = 0 ]; then mkdir -p node_modules && touch node_modules/.modules.yaml; fi
exit ${status}
`

/** Stands for the command line: says what it was given, and ends as it is told. */
const program = `
process.stdout.write(JSON.stringify({ cwd: process.cwd(), args: process.argv.slice(2), launched: process.env.HEDDLE_LAUNCHED }) + "\\n")
if (process.argv[2] === "status") process.exitCode = Number(process.argv[3])
if (process.argv[2] === "die") process.kill(process.pid, "SIGKILL")
if (process.argv[2] === "wait") {
  const timer = setInterval(() => {}, 1000)
  for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => {
    process.stdout.write(signal + "\\n")
    clearInterval(timer)
    process.exitCode = 130
  })
  process.stdout.write("ready\\n")
}
`

const folders: Array<string> = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
})

const small = (options: { readonly version?: string; readonly status?: number } = {}) => {
  const root = realpathSync(mkdtempSync(join(tmpdir(), "heddle-bootstrap-")))
  folders.push(root)
  const files = {
    "package.json": JSON.stringify({ packageManager, engines }),
    "pnpm-lock.yaml": "lockfileVersion: '9.0'\n",
    "pnpm-workspace.yaml": "packages: [apps/*]\n",
    "apps/cli/package.json": "{}",
    "apps/cli/src/main.ts": program,
    "packages/core/package.json": "{}",
    "elsewhere/note.txt": "",
    "bin/pnpm": pnpm(options.version ?? packageManager.split("@")[1] ?? "", options.status ?? 0),
    "calls.txt": "",
  }
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), text)
  }
  chmodSync(join(root, "bin/pnpm"), 0o755)
  mkdirSync(join(root, "tooling"))
  copyFileSync(join(repository, "tooling/bootstrap.mjs"), join(root, "tooling/bootstrap.mjs"))
  const env = { PATH: [join(root, "bin"), "/usr/bin", "/bin"].join(delimiter) }
  return {
    root,
    calls: () => readFileSync(join(root, "calls.txt"), "utf8"),
    env,
    run: (args: ReadonlyArray<string>, more: { readonly cwd?: string; readonly env?: object } = {}) =>
      spawnSync(process.execPath, [join(root, "tooling/bootstrap.mjs"), ...args], {
        cwd: more.cwd ?? root,
        env: { ...env, ...more.env },
        encoding: "utf8",
      }),
  }
}

describe("bootstrap", () => {
  it("installs once, quietly; the next start asks for nothing", () => {
    const { run, calls, root } = small()
    const said = `${JSON.stringify({ cwd: root, args: ["demo", "--json"], launched: "1" })}\n`
    expect(run(["heddle", "demo", "--json"])).toMatchObject({ status: 0, stdout: said, stderr: "" })
    expect(run(["heddle", "demo", "--json"])).toMatchObject({ status: 0, stdout: said, stderr: "" })
    expect(calls()).toBe("install --frozen-lockfile\n")
  })

  it.each(["pnpm-lock.yaml", "pnpm-workspace.yaml", "packages/core/package.json"])(
    "a change of %s is installed again",
    (path) => {
      const { run, calls, root } = small()
      run(["heddle"])
      appendFileSync(join(root, path), "\n")
      run(["heddle"])
      run(["heddle"])
      expect(calls()).toBe("install --frozen-lockfile\n".repeat(2))
    },
  )

  it("a stamp that was cut short is no stamp", () => {
    const { run, calls, root } = small()
    run(["heddle"])
    writeFileSync(join(root, "node_modules/.cache/heddle/toolchain.json"), '{"dig')
    expect(run(["heddle"]).status).toBe(0)
    expect(calls()).toBe("install --frozen-lockfile\n".repeat(2))
  })

  it("relative paths mean the folder where the command was typed", () => {
    const { run, root } = small()
    const elsewhere = join(root, "elsewhere")
    expect(JSON.parse(run(["heddle"], { env: { INIT_CWD: elsewhere } }).stdout)).toMatchObject({ cwd: elsewhere })
    expect(JSON.parse(run(["heddle"], { cwd: elsewhere }).stdout)).toMatchObject({ cwd: elsewhere })
    expect(JSON.parse(run(["heddle"], { env: { INIT_CWD: join(root, "gone") } }).stdout)).toMatchObject({ cwd: root })
  })

  it("arguments and exit status pass unchanged, and a killed program shows as killed", () => {
    const { run } = small()
    expect(run(["heddle", "status", "12"]).status).toBe(12)
    expect(JSON.parse(run(["heddle", "a b", "$HOME", "", "--", "*"]).stdout).args).toEqual([
      "a b",
      "$HOME",
      "",
      "--",
      "*",
    ])
    expect(run(["heddle", "die"])).toMatchObject({ status: null, signal: "SIGKILL" })
  })

  it.each(["SIGINT", "SIGTERM"] as const)(
    "%s to the bootstrap alone reaches the program, whose status counts",
    async (signal) => {
      const { root, env, run } = small()
      run(["heddle"])
      const child = spawn(process.execPath, [join(root, "tooling/bootstrap.mjs"), "heddle", "wait"], { cwd: root, env })
      let output = ""
      const ended = new Promise<number | null>((resolve) => child.once("close", resolve))
      child.stdout.setEncoding("utf8").on("data", (text: string) => {
        output += text
        if (output.endsWith("ready\n")) child.kill(signal)
      })
      expect(await ended).toBe(130)
      expect(output.trim().split("\n").at(-1)).toBe(signal)
    },
  )

  it("a script goes through pnpm in the repository's root, with its arguments", () => {
    const { run, calls, root } = small()
    expect(run(["run", "check", "packages/core"], { cwd: join(root, "elsewhere") }).status).toBe(0)
    expect(calls()).toBe("install --frozen-lockfile\n--silent run check packages/core\n")
  })

  it("after a change to a package.json, the install that makes the lockfile fit is not refused for it", () => {
    const { run, calls, root } = small()
    run(["heddle"])
    writeFileSync(join(root, "apps/cli/package.json"), '{"dependencies":{"left":"1.0.0"}}')
    expect(run(["pnpm", "install"]).status).toBe(0)
    run(["heddle"])
    expect(calls()).toBe("install --frozen-lockfile\ninstall --no-frozen-lockfile\ninstall\n")
  })

  it("a failed install shows what pnpm said and what to do, and leaves no stamp", () => {
    const { run, calls } = small({ status: 3 })
    const first = run(["heddle"])
    expect(first).toMatchObject({ status: 1, stdout: "" })
    expect(first.stderr).toContain("chatter of the install")
    expect(first.stderr).toContain("run: npm run -s pnpm -- install")
    run(["heddle"])
    expect(calls()).toBe("install --frozen-lockfile\n".repeat(2))
  })

  it("an unknown target is refused with the usage", () => {
    expect(small().run(["fly"])).toMatchObject({ status: 1, stdout: "", stderr: expect.stringContaining("usage: ") })
  })
})
