/**
 * Proof that the other programs' rules bite: a copy of the repository, one violation at a time, and each must be refused
 * with the rule's name. The layer and style checks of our own have tests of their own.
 *
 * @module
 */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { StepFailure, type CheckContext, type Command } from "./Run.ts"

interface Seed {
  readonly rule: string
  readonly files: Readonly<Record<string, string>>
  readonly command: Command
  /** What the program must say. */
  readonly says: RegExp
}

const header = "/**\n * A seeded violation.\n *\n * @layer logic\n * @module\n */\n"

const seeds: ReadonlyArray<Seed> = [
  {
    rule: "turbo: a package that is not declared",
    files: { "packages/core/src/Seeded.ts": `${header}export * from "@heddle/studies/StudyKey"\n` },
    command: ["turbo", "boundaries"],
    says: /@heddle\/studies/,
  },
  {
    rule: "turbo: an area that depends on another area",
    files: {
      "packages/seeded/package.json": JSON.stringify({
        name: "@heddle/seeded",
        version: "0.0.0",
        private: true,
        type: "module",
        dependencies: { "@heddle/studies": "workspace:^" },
      }),
      "packages/seeded/turbo.json": JSON.stringify({ extends: ["//"], tags: ["area"] }),
      "packages/seeded/src/index.ts": `${header}export {}\n`,
    },
    command: ["turbo", "boundaries"],
    says: /@heddle\/studies[\s\S]*tag/,
  },
  {
    rule: "oxlint: the whole of effect in one import",
    files: {
      "packages/core/src/Seeded.ts": `${header}import { Effect } from "effect"\nexport const a = Effect.void\n`,
    },
    command: ["oxlint", "--deny-warnings", "packages/core/src/Seeded.ts"],
    says: /no-restricted-imports/,
  },
  {
    rule: "oxlint: Node in a root module",
    files: { "packages/core/src/Seeded.ts": `${header}import { sep } from "node:path"\nexport const a = sep\n` },
    command: ["oxlint", "--deny-warnings", "packages/core/src/Seeded.ts"],
    says: /no-restricted-imports/,
  },
  {
    rule: "oxlint: any",
    files: { "packages/core/src/Seeded.ts": `${header}export const a = (value: any) => value\n` },
    command: ["oxlint", "--deny-warnings", "packages/core/src/Seeded.ts"],
    says: /no-explicit-any/,
  },
  {
    rule: "tsc: Node in a root module",
    files: { "packages/core/src/Seeded.ts": `${header}import { sep } from "node:path"\nexport const a = sep\n` },
    command: ["tsc", "-p", "packages/core/tsconfig.json"],
    says: /Seeded\.ts.*TS2591/,
  },
  {
    rule: "tsc: Node's globals in a root module",
    files: { "packages/core/src/Seeded.ts": `${header}export const a = process.argv\n` },
    command: ["tsc", "-p", "packages/core/tsconfig.json"],
    says: /Seeded\.ts.*TS2591/,
  },
  {
    rule: "effect-tsgo: an Effect that nobody runs",
    files: {
      "packages/core/src/Seeded.ts": `${header}import * as Effect from "effect/Effect"\nexport const a = Effect.gen(function* () {\n  yield* Effect.void\n  Effect.log("lost")\n})\n`,
    },
    command: ["effect-tsgo", "diagnostics", "--project", "packages/core/tsconfig.json", "--strict", "--format", "text"],
    says: /Seeded\.ts.*floatingEffect/,
  },
]

export const checkSeededViolations = ({ root, folder, run }: CheckContext): string => {
  const listed = run(["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--deduplicate"])
  const deleted = new Set(run(["git", "ls-files", "-z", "--deleted"]).split("\0"))
  for (const path of listed.split("\0")) {
    if (path === "" || deleted.has(path)) continue
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    copyFileSync(join(root, path), join(folder, path))
  }
  run(["git", "init", "--quiet"], { cwd: folder })
  run(["pnpm", "install", "--frozen-lockfile", "--prefer-offline"], { cwd: folder })
  for (const seed of seeds) {
    for (const [path, text] of Object.entries(seed.files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true })
      writeFileSync(join(folder, path), text)
    }
    const output = refused(seed, () => run(seed.command, { cwd: folder, env: { NO_COLOR: "1" } }))
    if (!seed.says.test(output)) throw new StepFailure(`${seed.rule}: refused, but not for ${seed.says}`, output)
    for (const path of Object.keys(seed.files)) rmSync(join(folder, path))
  }
  return `${seeds.length} seeds`
}

const refused = (seed: Seed, attempt: () => string): string => {
  let output: string
  try {
    output = attempt()
  } catch (error) {
    if (error instanceof StepFailure) return error.output
    throw error
  }
  throw new StepFailure(`${seed.rule}: the seeded violation passed`, output)
}
