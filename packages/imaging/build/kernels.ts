/**
 * Writes KERNELS.md from the signatures: every kernel with its pictures, parameters and tables. What a kernel takes is said
 * once, where it is checked; an editor shows of it no more than types.
 *
 * `node build/kernels.ts` writes the page, `--check` compares it with what is committed.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import * as modules from "../src/index.ts"
import type { ColumnSpec, Halo, InputSpec, OutputSpec, ParameterSpec, Signature, TableSpec } from "../src/Signature.ts"

/** Where the page is. */
export const pagePath = join(dirname(fileURLToPath(import.meta.url)), "..", "KERNELS.md")

const axesText: Readonly<Record<InputSpec["axes"], string>> = {
  yx: "y, x",
  nyx: "planes, y, x",
  cyx: "channels, y, x",
  zyx: "depth, y, x",
  syx: "sites, y, x",
}

/** Beyond it numbers are those of the widest pixels: any will do. */
const anyNumber = 1e30

const group = new Intl.NumberFormat("en", { maximumFractionDigits: 20 })

/** Very small and very large numbers as powers of ten, others with their thousands apart. */
const numberText = (value: number): string =>
  value !== 0 && (Math.abs(value) < 1e-3 || Math.abs(value) >= 1e12) ? value.toExponential() : group.format(value)

/** Text that Markdown takes as it is, also in a table. */
const plain = (text: string): string =>
  text
    .split("`")
    // Between backticks only what would end the cell is kept from it.
    .map((part, index) => (index % 2 === 0 ? part.replaceAll(/[\\*_<>|[\]]/g, "\\$&") : part.replaceAll("|", "\\|")))
    .join("`")

const code = (text: string): string => `\`${text}\``

const rowText = (cells: ReadonlyArray<string>): string => `| ${cells.join(" | ")} |`

const tableText = (head: ReadonlyArray<string>, rows: ReadonlyArray<ReadonlyArray<string>>): ReadonlyArray<string> => [
  rowText(head),
  `|${"---|".repeat(head.length)}`,
  ...rows.map(rowText),
]

const rangeText = (spec: { readonly minimum: number; readonly maximum: number; readonly above?: boolean }): string => {
  const least =
    spec.minimum <= -anyNumber ? "" : `${spec.above === true ? "above" : "from"} ${numberText(spec.minimum)}`
  const most = spec.maximum >= anyNumber ? "" : `to ${numberText(spec.maximum)}`
  return [least, most].filter((part) => part !== "").join(" ") || "any"
}

const takesText = (spec: ParameterSpec): string => {
  switch (spec.kind) {
    case "choice":
      return spec.choices.map((one) => code(JSON.stringify(one))).join(", ")
    case "boolean":
      return "`true`, `false`"
    case "integer":
      return `whole, ${rangeText(spec)}`
    case "number":
      return rangeText(spec)
    case "numbers":
      return `list of at most ${numberText(spec.lengthMax)}, each ${rangeText(spec)}`
  }
}

const fallbackText = ({ fallback, kind, optional }: ParameterSpec): string => {
  if (fallback === undefined) return optional === true ? "may be left out" : "**must be given**"
  if (kind === "number" && typeof fallback === "number" && Math.abs(fallback) >= anyNumber) return "none"
  return typeof fallback === "number" ? numberText(fallback) : code(JSON.stringify(fallback))
}

const parameterRow = ([name, spec]: readonly [string, ParameterSpec]): ReadonlyArray<string> => {
  const { onlyWhen, summary, unit } = spec
  const values = onlyWhen?.is.map((one) => code(JSON.stringify(one))).join(" or ")
  return [
    code(name),
    plain(unit),
    takesText(spec),
    fallbackText(spec),
    onlyWhen === undefined ? plain(summary) : `${plain(summary)}; only where ${code(onlyWhen.parameter)} is ${values}`,
  ]
}

const inputLine = ({ axes, dtypes, holds, name, optional, summary }: InputSpec): string => {
  const kind = holds === undefined ? "grey values" : holds === "mask" ? "a mask (0 and one other value)" : "labels"
  const isOptional = optional === true ? "; optional" : ""
  return `- takes ${code(name)} (${axesText[axes]}; ${dtypes.join(", ")}; ${kind}${isOptional}): ${plain(summary)}`
}

const outputLine = ({ axes, dtype, scale, size }: OutputSpec): string => {
  const type = dtype === "input" ? "type of the first input" : dtype
  const values =
    scale === "kept"
      ? "grey values as they were"
      : scale === "stretched"
        ? "grey values on a new range"
        : "no grey values"
  const sides =
    size.rule === "same"
      ? "same size"
      : size.rule === "divided"
        ? `size divided by ${code(size.by)}, rounded down`
        : "its own size"
  return `- gives a picture (${axesText[axes]}; ${type}; ${values}; ${sides})`
}

const haloText = (halo: Halo): string => {
  if (halo.reach === "point") return "no pixel but the one itself"
  if (halo.reach === "whole") return "the whole picture: it cannot be cut into tiles"
  const terms = halo.terms.map(
    ({ parameter, times }) => `${times === 1 ? "" : `${numberText(times)} x `}${code(parameter)}`,
  )
  const plus = halo.plus === 0 && terms.length > 0 ? [] : [numberText(halo.plus)]
  return `${[...terms, ...plus].join(" + ")} px around it, rounded up`
}

const memoryText = ({ bytes, bytesPerPixel }: Signature["memory"]): string =>
  `${numberText(bytesPerPixel)} bytes per pixel and ${numberText(bytes)} bytes beyond the inputs, at most`

const columnRow = ({ kind, name, summary, unit }: ColumnSpec): ReadonlyArray<string> => [
  code(name),
  kind === "integer" ? "whole number" : kind === "boolean" ? "truth" : kind,
  plain(unit),
  plain(summary),
]

const tableLines = ({ columns, name }: TableSpec): ReadonlyArray<string> => [
  `Table ${code(name)}:`,
  "",
  ...tableText(["column", "kind", "unit", "meaning"], columns.map(columnRow)),
  "",
]

/** The function of a kernel and its module, found by its name; `white_top_hat` is `whiteTopHat`. */
const functionOf = (name: string): { readonly module: string; readonly kernel: string } => {
  const kernel = name.replaceAll(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase())
  for (const [module, members] of Object.entries(modules)) {
    if (typeof Reflect.get(members, kernel) === "function") return { module, kernel }
  }
  throw new Error(`${name}: no module has a function ${kernel}`)
}

const kernelLines = (signature: Signature): ReadonlyArray<string> => {
  const { halo, inputs, memory, name, output, parameters, source, summary, tables } = signature
  const { kernel, module } = functionOf(name)
  const rows = Object.entries<ParameterSpec>(parameters).map(parameterRow)
  return [
    `## ${name}`,
    "",
    `${code(kernel)} of ${code(`@heddle/imaging/${module}`)}: ${plain(summary)}.`,
    "",
    ...inputs.map(inputLine),
    ...(output === undefined ? [] : [outputLine(output)]),
    `- looks at ${haloText(halo)}`,
    `- memory: ${memoryText(memory)}`,
    `- checked against: ${plain(source)}`,
    "",
    ...(rows.length === 0
      ? ["No parameters.", ""]
      : [...tableText(["parameter", "unit", "takes", "unless given", "meaning"], rows), ""]),
    ...tables.flatMap(tableLines),
  ]
}

/** The page of all kernels. */
export const kernelsPage = (signatures: ReadonlyArray<Signature>): string =>
  [
    "<!-- Written by build/kernels.ts from the signatures in src: change those, then run it. -->",
    "",
    "# All kernels and their parameters",
    "",
    "Names are those of pipeline files and of `signatureOf`; the function is beside them. A parameter that the others leave unread is",
    "refused, and so is any that is not listed.",
    "",
    ...signatures.map(({ name }) => `- [${name}](#${name})`),
    "",
    ...signatures.flatMap(kernelLines),
  ]
    .join("\n")
    .trimEnd()
    .concat("\n")

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const page = kernelsPage(modules.Kernels.signatures)
  const before = existsSync(pagePath) ? readFileSync(pagePath, "utf8") : ""
  if (!process.argv.includes("--check")) writeFileSync(pagePath, page)
  else if (page !== before) {
    process.stderr.write("KERNELS.md is not that of the signatures: run node build/kernels.ts\n")
    process.exitCode = 1
  }
}
