/**
 * What a user of the packages gets: each public package is packed, its tarball judged by publint and attw, installed with
 * npm into an empty folder together with the others, imported by every entry, type-checked, and a small plan is run.
 *
 * @module
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { StepFailure, type CheckContext } from "./Run.ts"

interface Manifest {
  readonly name: string
  readonly version: string
  readonly private?: boolean
  readonly bin?: Readonly<Record<string, string>>
  readonly peerDependencies?: Readonly<Record<string, string>>
  readonly publishConfig?: { readonly exports?: Readonly<Record<string, unknown>> }
}

interface Packed {
  readonly folder: string
  readonly manifest: Manifest
  readonly tarball: string
}

/** Reads a package.json of this workspace, whose shape the fields above describe. */
const readManifest = (file: string): Manifest => JSON.parse(readFileSync(file, "utf8"))

const publicPackages = (root: string): ReadonlyArray<string> =>
  ["packages", "apps"].flatMap((area) =>
    readdirSync(join(root, area))
      .map((name) => join(root, area, name))
      .filter((folder) => existsSync(join(folder, "package.json")))
      .filter((folder) => readManifest(join(folder, "package.json")).private !== true),
  )

/** Every name a user may import: the entries without `*`, and for each pattern the modules that were packed for it. */
const entriesOf = ({ folder, manifest }: Packed): ReadonlyArray<string> => {
  const entries = new Set<string>()
  const declared = manifest.publishConfig?.exports ?? {}
  for (const [key, target] of Object.entries(declared)) {
    if (target === null || key === "./package.json") continue
    if (!key.includes("*")) {
      entries.add(key)
      continue
    }
    const sources = join(folder, key.replace(/^\./, "src").replace("*", ""))
    if (!existsSync(sources)) continue
    for (const file of readdirSync(sources)) {
      if (file.endsWith(".ts") && file !== "index.ts") entries.add(key.replace("*", file.slice(0, -".ts".length)))
    }
  }
  return [...entries].sort().map((key) => manifest.name + key.slice(1))
}

export const checkPackages = ({ root, folder, run }: CheckContext): string => {
  const tarballs = join(folder, "tarballs")
  const consumer = join(folder, "consumer")
  mkdirSync(tarballs)
  mkdirSync(consumer)

  const packed = publicPackages(root).map((packageFolder): Packed => {
    const manifest = readManifest(join(packageFolder, "package.json"))
    run(["pnpm", "pack", "--pack-destination", tarballs], { cwd: packageFolder })
    const file = `${manifest.name.replace("@", "").replace("/", "-")}-${manifest.version}.tgz`
    const tarball = join(tarballs, file)
    if (!existsSync(tarball))
      throw new StepFailure(`pnpm pack of ${manifest.name} left no ${file}`, readdirSync(tarballs).join("\n"))
    return { folder: packageFolder, manifest, tarball }
  })
  const libraries = packed.filter(({ manifest }) => manifest.bin === undefined)

  for (const { tarball } of packed) run(["publint", "run", tarball, "--strict"])
  for (const { tarball } of libraries) run(["attw", tarball, "--profile", "esm-only", "--no-emoji"])

  writeFileSync(
    join(consumer, "package.json"),
    `${JSON.stringify({ name: "consumer", private: true, type: "module" })}\n`,
  )
  const peers = new Map<string, string>()
  for (const { tarball } of packed) {
    const said: { readonly peerDependencies?: Readonly<Record<string, string>> } = JSON.parse(
      run(["tar", "-xzOf", tarball, "package/package.json"]),
    )
    for (const [name, range] of Object.entries(said.peerDependencies ?? {})) peers.set(name, range)
  }
  const nodeTypes = readManifest(join(root, "packages/core/node_modules/@types/node/package.json"))
  run(
    [
      "npm",
      "install",
      "--no-audit",
      "--no-fund",
      "--prefer-offline",
      "--legacy-peer-deps", // platform-node's optional use of redis would be fetched for nothing
      `@types/node@${nodeTypes.version}`,
      ...[...peers].map(([name, range]) => `${name}@${range}`),
      ...packed.map(({ tarball }) => tarball),
    ],
    { cwd: consumer, env: { npm_config_update_notifier: "false" } },
  )

  const entries = libraries.flatMap(entriesOf)
  const lines = entries.map((entry, index) => `import * as entry${index} from ${JSON.stringify(entry)}`)
  const names = entries.map((entry, index) => `  [${JSON.stringify(entry)}, entry${index}],`)
  writeFileSync(
    join(consumer, "entries.ts"),
    `${lines.join("\n")}\nfor (const [name, entry] of [\n${names.join("\n")}\n] as ReadonlyArray<readonly [string, object]>) {\n` +
      `  process.stdout.write(name + " " + Object.keys(entry).length + "\\n")\n}\n`,
  )
  writeFileSync(join(consumer, "plan.ts"), readFileSync(join(root, "tooling/ci/consumer/plan.ts"), "utf8"))
  writeFileSync(
    join(consumer, "tsconfig.json"),
    JSON.stringify({
      compilerOptions: {
        target: "es2024",
        lib: ["es2024", "webworker"],
        module: "nodenext",
        types: ["node"],
        strict: true,
        noEmit: true,
        exactOptionalPropertyTypes: true,
        skipLibCheck: false,
      },
      files: ["entries.ts", "plan.ts"],
    }),
  )
  run([join(root, "node_modules/.bin/tsc"), "-p", "tsconfig.json"], { cwd: consumer })
  const imported = run(["node", "entries.ts"], { cwd: consumer }).trim().split("\n")
  if (imported.length !== entries.length) throw new StepFailure("not every entry was imported", imported.join("\n"))
  const receipt = run(["node", "plan.ts"], { cwd: consumer }).trim()
  if (receipt !== "succeeded 2, failed 1") throw new StepFailure("the small plan ended otherwise", receipt)

  for (const { manifest } of packed) {
    for (const bin of Object.keys(manifest.bin ?? {})) {
      const help = run([join(consumer, "node_modules/.bin", bin), "--help"], { cwd: consumer })
      if (!help.includes(bin)) throw new StepFailure(`${bin} --help does not name ${bin}`, help)
    }
  }
  return `${packed.length} tarballs, ${entries.length} entries`
}
