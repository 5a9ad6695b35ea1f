import { describe, expect, it } from "@effect/vitest"
import * as Secrets from "@heddle/core/Secrets"
import { Effect, Result } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import * as Builtins from "../src/Builtins.ts"
import * as Bind from "../src/node/Bind.ts"
import * as BindingsFile from "../src/node/BindingsFile.ts"

const parse = (text: string) => BindingsFile.parse(text, { source: "b.yaml", path: "/home/ann/b.yaml" })

const issuesOf = (text: string): ReadonlyArray<string> => {
  const parsed = parse(text)
  if (Result.isSuccess(parsed) || parsed.failure._tag !== "InvalidBindings") throw new Error("it was taken")
  return parsed.failure.issues.map(({ message, path }) => `${path}: ${message}`)
}

describe("credentials of bindings", () => {
  it.effect("headers, passwords of addresses and their keys are secrets once they are bound; other words are not", () =>
    Effect.gen(function* () {
      const secrets = Secrets.make()
      process.env["HEDDLE_TEST_HEADER"] = "Bearer tok-8c1d2e3f"
      const specs = Result.getOrThrow(
        parse(`agents:
  c:
    url: "https://ann:p%40ss-word-1@example.org/run?api_key=k-77aa88bb&model=gpt-large-1"
    headers_env: {authorization: HEDDLE_TEST_HEADER}
`),
      )
      const bound = yield* Effect.provideService(Bind.bind(specs), Secrets.Secrets, secrets)
      delete process.env["HEDDLE_TEST_HEADER"]
      for (const secret of ["Bearer tok-8c1d2e3f", "tok-8c1d2e3f", "p@ss-word-1", "k-77aa88bb"]) {
        expect(secrets.redact(`a ${secret} b`)).toBe("a <redacted> b")
      }
      expect(secrets.redact("gpt-large-1 at example.org of ann")).toBe("gpt-large-1 at example.org of ann")
      expect(JSON.stringify(bound.agents.get("c"))).not.toContain("k-77aa88bb")
    }).pipe(Effect.scoped),
  )
})

describe("bindings files", () => {
  it("every form is read, with paths relative to the file and times in milliseconds", () => {
    const read = parse(`agents:
  a: {module: ./a.mjs, export: main, version: "2"}
  b: {command: [python3, b.py, "{seed}"], cwd: work, timeout_s: 1.5, stdout_bytes_max: 100, env: [KEY]}
  c: {url: "https://example.org/run", headers_env: {authorization: TOKEN}}
  d: random-search
  e: ./e.mjs#other
problems:
  p: {builtin: sphere, evaluations: 50, options: {dimensions: 3}}
  q: {brief: Write a poem., family: text}
runner: http://127.0.0.1:80/
`)
    const specs = Result.getOrThrow(read)
    expect(Object.fromEntries(specs.agents)).toEqual({
      a: { _tag: "Module", path: resolve("/home/ann/a.mjs"), exportName: "main", version: "2" },
      b: {
        _tag: "Command",
        words: ["python3", "b.py", "{seed}"],
        cwd: resolve("/home/ann/work"),
        timeoutMs: 1500,
        stdoutBytesMax: 100,
        env: ["KEY"],
      },
      c: { _tag: "Url", url: "https://example.org/run", headersEnv: { authorization: "TOKEN" } },
      d: { _tag: "Builtin", name: "random-search", options: {} },
      e: { _tag: "Module", path: resolve("/home/ann/e.mjs"), exportName: "other" },
    })
    expect(Object.fromEntries(specs.problems)).toEqual({
      p: { _tag: "Builtin", name: "sphere", options: { evaluations: 50, dimensions: 3 } },
      q: { _tag: "Data", brief: "Write a poem.", family: "text" },
    })
    expect(specs.runner).toEqual({ _tag: "Url", url: "http://127.0.0.1:80/" })
  })

  it("all problems are told at once, each with its place", () => {
    expect(
      issuesOf(`agents:
  a: {module: 3, versoin: x}
  b: {url: "ftp://example.org"}
  c: {timeout_s: 1}
  d: 7
runners: x
`).map((text) => text.slice(0, text.indexOf(":"))),
    ).toEqual(["runners", "agents.a.versoin", "agents.a.module", "agents.b.url", "agents.c", "agents.d"])
    expect(issuesOf("agents: {a: {brief: x}}")[0]).toMatch(/^agents\.a: must have one of/)
    expect(issuesOf("- a")).toEqual([": must be a map with the keys agents, problems, runner"])
  })

  it("a word of the command line is a file, an address, a JSON list of words or a built-in, and nothing else", () => {
    const kinds = ["./a.mjs", "a.ts#x", "/abs/a.mjs", "https://x.org", '["a","b"]', "sphere"].map((word) =>
      Result.getOrThrow(Result.map(BindingsFile.parseSpec(word, "/w"), ({ _tag }) => _tag)),
    )
    expect(kinds).toEqual(["Module", "Module", "Module", "Url", "Command", "Builtin"])
    for (const word of ["", "  ", "[1]", "[]", '["a"', "./a.mjs#", "http://", "python3 a.py", "{a}"]) {
      expect([word, Result.isFailure(BindingsFile.parseSpec(word, "/w"))]).toEqual([word, true])
    }
    expect(Result.isFailure(BindingsFile.parseNamed("agent", "=x", "/w"))).toBe(true)
    expect(Result.getOrThrow(BindingsFile.parseNamed("agent", "a=b=c", "/w"))).toEqual([
      "a",
      { _tag: "Builtin", name: "b=c", options: {} },
    ])
  })

  it("flags beat the file, name by name", () => {
    const [one, two] = ["agents: {a: x, b: y}\nrunner: r", "agents: {b: z}"].map((text) =>
      Result.getOrThrow(parse(text)),
    )
    if (one === undefined || two === undefined) throw new Error("two are read")
    const { agents, runner } = BindingsFile.merge(one, two)
    expect([...agents].map(([name, spec]) => [name, spec._tag === "Builtin" ? spec.name : ""])).toEqual([
      ["a", "x"],
      ["b", "z"],
    ])
    expect(runner).toMatchObject({ name: "r" })
  })
})

describe("binding", () => {
  const bind = (text: string, folder: string) =>
    Effect.flatMap(
      Effect.fromResult(BindingsFile.parse(text, { source: "b.yaml", path: join(folder, "b.yaml") })),
      Bind.bind,
    )

  it.live("a program's version follows the content of its files; an environment variable that is not set is told", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const folder = mkdtempSync(join(tmpdir(), "heddle-bind-"))
        yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
        const text = "agents: {a: {command: [sh, run.sh]}}"
        const versions: Array<unknown> = []
        for (const content of ["one", "two", "one"]) {
          writeFileSync(join(folder, "run.sh"), content)
          const agent = (yield* bind(text, folder)).agents.get("a")
          versions.push(typeof agent === "object" ? agent.version : undefined)
        }
        expect(versions[0]).toBe(versions[2])
        expect(versions[0]).not.toBe(versions[1])
        const unset = yield* Effect.flip(
          bind('agents: {a: {url: "http://127.0.0.1:9/", headers_env: {x: HEDDLE_NOT_SET}}}', folder),
        )
        expect(unset.message).toContain("HEDDLE_NOT_SET is not set in the environment")
      }),
    ),
  )

  it.live("a program or a script that is not there is told, one that is only named by a template is not", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const folder = mkdtempSync(join(tmpdir(), "heddle-bind-"))
        yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
        writeFileSync(join(folder, "run.sh"), "")
        const absent = (words: string) =>
          Effect.map(bind(`agents: {a: {command: ${words}}}`, folder), (bound) => bound.absent)
        expect(yield* absent("[sh, run.sh]")).toEqual([])
        expect(yield* absent("[sh, -e, nix.sh]")).toEqual([`agents.a: there is no file nix.sh in ${folder}`])
        expect(yield* absent("[heddle-no-such-program, run.sh]")).toEqual([
          "agents.a: there is no program heddle-no-such-program on the PATH",
        ])
        expect(yield* absent("[./nix]")).toEqual(["agents.a: ./nix is no file"])
        expect(yield* absent("[./run.sh]")).toEqual(["agents.a: ./run.sh cannot be executed"])
        expect(yield* absent('[sh, "{condition.script}.sh"]')).toEqual([])
        // A file of another machine or of a container is not looked for here.
        expect(yield* absent("[env, sh, elsewhere.sh]")).toEqual([])
        expect(yield* absent("[sh, -c, ls nix.sh]")).toEqual([])
      }),
    ),
  )

  it("a command line that is no JSON list is refused with the form of its own flag", () => {
    const runner = Result.flip(BindingsFile.parseNamed("runner", "runner=python3 lab.py", "/home/ann"))
    expect(Result.isSuccess(runner) && runner.success.message).toContain('"python3 lab.py" is no file')
    expect(Result.isSuccess(runner) && runner.success.hints).toContain(
      `or to a program, as a JSON list of words: --runner '["python3","lab.py"]'`,
    )
  })

  it.live("a problem from a file is what its export says, under the name that it is bound to", () =>
    Effect.scoped(
      Effect.gen(function* () {
        const folder = mkdtempSync(join(tmpdir(), "heddle-bind-"))
        yield* Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true })))
        writeFileSync(
          join(folder, "p.mjs"),
          "export const make = (name) => ({ brief: 'do ' + name, payload: { x: 1 } })\nexport default 3\n",
        )
        const { problems } = yield* bind("problems: {p7: ./p.mjs#make}", folder)
        expect(problems.get("p7")).toMatchObject({ problemId: "p7", brief: "do p7", payload: { x: 1 } })
        const none = yield* Effect.flip(bind("problems: {p7: ./p.mjs}", folder))
        expect(none.message).toContain("is no problem")
      }),
    ),
  )

  it("built-ins say what they do not know", () => {
    expect(Result.isSuccess(Builtins.problem("sphere", { dimensions: 5, evaluations: 10 }))).toBe(true)
    expect(Result.getOrThrow(Builtins.problem("sphere", { dimensions: 5 })).payload["bounds"]).toHaveLength(5)
    const wrong: ReadonlyArray<Result.Result<unknown, string>> = [
      Builtins.problem("branin", { dimensions: 5 }),
      Builtins.problem("rosenbrock", { dimensions: 1 }),
      Builtins.problem("sphere", { evaluations: 0 }),
      Builtins.problem("spher"),
      Builtins.agent("random-search", { x: 1 }),
      Builtins.agent("nobody"),
    ]
    const said = wrong.map((result) => (Result.isFailure(result) ? result.failure : ""))
    expect(said.map((text) => text !== "")).toEqual([true, true, true, true, true, true])
    expect(said[3]).toContain("did you mean sphere?")
  })
})
