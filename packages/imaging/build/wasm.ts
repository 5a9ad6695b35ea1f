/**
 * Compiles the kernels' AssemblyScript sources. The result is committed, as text that any platform can load, so that
 * nothing is compiled at a user's; the same sources give the same bytes.
 *
 * `node build/wasm.ts` compiles what has changed, `--check` compiles all and compares with what is committed,
 * `FAMILY…` compiles those.
 */
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import asc from "assemblyscript/asc"

const root = join(dirname(fileURLToPath(import.meta.url)), "..")
const families = ["intensity", "morphology", "filters", "objects", "skeleton", "registration"]
/** Each family's constants have a page of their own on the memory that all share. */
const pageBytes = 65_536
/** All families together. */
const totalBytesMax = 80_000

const sha256 = (data: Uint8Array | string): string => createHash("sha256").update(data).digest("hex")

/** All sources count: families may import what they share. */
const sourcesHash = (): string => {
  const names = readdirSync(join(root, "assembly"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".ts"))
    .sort()
  const { version } = JSON.parse(readFileSync(join(root, "node_modules/assemblyscript/package.json"), "utf8")) as {
    version: string
  }
  const parts = names.map((name) => `${name}\n${readFileSync(join(root, "assembly", name), "utf8")}`)
  return sha256([version, readFileSync(fileURLToPath(import.meta.url), "utf8"), ...parts].join("\n"))
}

/**
 * Decorators of functions are AssemblyScript and no TypeScript: in the sources they are comments, so that every tool that
 * reads TypeScript reads them.
 */
const withDecorators = (source: string): string => source.replaceAll(/^\/\/ (@inline|@unsafe)$/gm, "$1")

const compile = async (family: string): Promise<Uint8Array> => {
  let bytes: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    [
      `assembly/${family}.ts`,
      "--outFile",
      "out.wasm",
      "--runtime",
      "stub",
      "--use",
      "abort=",
      "--noAssert",
      "-O3",
      "--converge",
      "--importMemory",
      "--sharedMemory",
      "--initialMemory",
      String(families.length + 1),
      "--maximumMemory",
      "65536",
      "--memoryBase",
      String((families.indexOf(family) + 1) * pageBytes),
      "--enable",
      "simd",
      "--enable",
      "threads",
      "--enable",
      "bulk-memory",
    ],
    {
      readFile: (name, base) => {
        const path = join(root, base ?? "", name)
        return existsSync(path) ? withDecorators(readFileSync(path, "utf8")) : null
      },
      writeFile: (_name, data) => {
        if (typeof data !== "string") bytes = data
      },
      listFiles: () => [],
    },
  )
  if (error !== null || bytes === undefined) throw new Error(`${family}: ${stderr.toString()}\n${error?.message ?? ""}`)
  const imports = WebAssembly.Module.imports(new WebAssembly.Module(Uint8Array.from(bytes)))
  if (imports.some(({ name }) => name !== "memory")) {
    throw new Error(`${family} imports ${imports.map(({ name }) => name).join(", ")}: kernels stand alone`)
  }
  return bytes
}

const moduleText = (family: string, bytes: Uint8Array, sources: string): string => `/**
 * Written by build/wasm.ts from assembly/${family}.ts.
 *
 * sources ${sources}
 * sha256 ${sha256(bytes)}
 * bytes ${bytes.length}
 *
 * @layer logic
 * @module
 */

/** The compiled ${family} kernels in base 64. */
export const ${family}Bytes =
  "${Buffer.from(bytes).toString("base64")}"
`

const pathOf = (family: string): string => join(root, "src/internal/wasm", `${family}Bytes.ts`)
const committed = (family: string): string => (existsSync(pathOf(family)) ? readFileSync(pathOf(family), "utf8") : "")

const words = process.argv.slice(2)
const check = words.includes("--check")
const chosen = families.filter((family) => words.includes(family))
const sources = sourcesHash()
let total = 0
let stale = 0
for (const family of families) {
  const before = committed(family)
  const wanted = check || chosen.includes(family) || (chosen.length === 0 && !before.includes(` sources ${sources}`))
  if (wanted) {
    const bytes = await compile(family)
    const text = moduleText(family, bytes, sources)
    const differs = !before.includes(` sha256 ${sha256(bytes)}`)
    if (differs) stale++
    if (check && differs) process.stderr.write(`${family}: the committed bytes are not those of the sources\n`)
    if (!check && text !== before) writeFileSync(pathOf(family), text)
  }
  const bytes = Number(/bytes (\d+)/.exec(committed(family))?.[1] ?? 0)
  total += bytes
  process.stdout.write(`${family} ${bytes} bytes${wanted ? "" : " (unchanged)"}\n`)
}
process.stdout.write(`together ${total} bytes\n`)
if (total > totalBytesMax) process.stderr.write(`more than ${totalBytesMax} bytes\n`)
if ((check && stale > 0) || total > totalBytesMax) process.exitCode = 1
