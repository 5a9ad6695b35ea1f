/**
 * One source file, parsed: its syntax tree, its imports with their lines, and its header. The parser is the bundler's own,
 * so that a comment or a string that looks like an import is never taken for one.
 *
 * @layer contract
 * @module
 */
import { readFileSync } from "node:fs"
import { parseSync, Visitor } from "rolldown/utils"

/** How a module names another one. A type alone is an import too: it ties the two files together all the same. */
export interface ImportSite {
  readonly specifier: string
  readonly line: number
  /** `url`: the file is named by `new URL("./x.ts", import.meta.url)`, as for a worker. */
  readonly kind: "import" | "export" | "dynamic" | "type" | "url"
}

export const layers = ["contract", "logic", "adapter", "app"] as const
export type Layer = (typeof layers)[number]

export type Syntax = ReturnType<typeof parseSync>

export interface ModuleSource {
  /** Path from the repository's root, with `/`. */
  readonly path: string
  readonly text: string
  readonly syntax: Syntax
  readonly imports: ReadonlyArray<ImportSite>
  /** The first comment of the file, when it is a doc comment before any code. */
  readonly header: string | undefined
  /** The word after `@layer` in the header. */
  readonly layer: string | undefined
  /** Line of an offset, from 1. */
  readonly lineOf: (offset: number) => number
}

/** A dynamic import or `require` whose target is no plain text; shown as this, because no rule can follow it. */
export const unknownSpecifier = "(computed)"

export const read = (root: string, path: string): ModuleSource => parse(path, readFileSync(`${root}/${path}`, "utf8"))

export const parse = (path: string, text: string): ModuleSource => {
  const syntax = parseSync(path, text, { lang: path.endsWith(".tsx") ? "tsx" : "ts", sourceType: "module" })
  const broken = syntax.errors[0]
  if (broken !== undefined) throw new Error(`${path} cannot be parsed: ${broken.message}`)
  const starts = [0]
  for (let at = text.indexOf("\n"); at !== -1; at = text.indexOf("\n", at + 1)) starts.push(at + 1)
  const lineOf = (offset: number): number => {
    let low = 0
    let high = starts.length - 1
    while (low < high) {
      const middle = Math.ceil((low + high) / 2)
      if ((starts[middle] ?? 0) <= offset) low = middle
      else high = middle - 1
    }
    return low + 1
  }

  const imports: Array<ImportSite> = []
  const add = (specifier: string, offset: number, kind: ImportSite["kind"]) =>
    imports.push({ specifier, line: lineOf(offset), kind })
  new Visitor({
    ImportDeclaration(node) {
      add(node.source.value, node.start, node.importKind === "type" ? "type" : "import")
    },
    ExportNamedDeclaration(node) {
      if (node.source !== null) add(node.source.value, node.start, node.exportKind === "type" ? "type" : "export")
    },
    ExportAllDeclaration(node) {
      add(node.source.value, node.start, node.exportKind === "type" ? "type" : "export")
    },
    ImportExpression(node) {
      add(literal(node.source), node.start, "dynamic")
    },
    TSImportType(node) {
      add(node.source.value, node.start, "type")
    },
    TSImportEqualsDeclaration(node) {
      if (node.moduleReference.type === "TSExternalModuleReference")
        add(node.moduleReference.expression.value, node.start, "import")
    },
    CallExpression(node) {
      const { callee } = node
      const first = node.arguments[0]
      if (callee.type === "Identifier" && callee.name === "require" && first !== undefined)
        add(literal(first), node.start, "import")
    },
    NewExpression(node) {
      const [file, base] = node.arguments
      if (node.callee.type !== "Identifier" || node.callee.name !== "URL" || file === undefined || base === undefined)
        return
      if (base.type !== "MemberExpression" || base.object.type !== "MetaProperty") return
      // From its sources a module names the .ts file, when built the .js file: two literals behind one condition.
      const files = file.type === "ConditionalExpression" ? [file.consequent, file.alternate] : [file]
      for (const specifier of files.map(literal)) {
        if (/^\.{1,2}\/.*\.(ts|tsx|mts)$/.test(specifier)) add(specifier, node.start, "url")
      }
    },
  }).visit(syntax.program)

  const firstCode = syntax.program.body[0]?.start ?? text.length
  const first = syntax.comments[0]
  const header =
    first !== undefined && first.type === "Block" && first.value.startsWith("*") && first.start < firstCode
      ? first.value
      : undefined
  const layer = header === undefined ? undefined : /^\s*\*?\s*@layer\s+(\S+)/m.exec(header)?.[1]
  return { path, text, syntax, imports, header, layer, lineOf }
}

const literal = (node: {
  readonly type: string
  readonly value?: unknown
  readonly quasis?: ReadonlyArray<{ readonly value: { readonly cooked: string | null } }>
}): string => {
  if (node.type === "Literal" && typeof node.value === "string") return node.value
  if (node.type === "TemplateLiteral" && node.quasis?.length === 1)
    return node.quasis[0]?.value.cooked ?? unknownSpecifier
  return unknownSpecifier
}
