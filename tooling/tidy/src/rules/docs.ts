/**
 * Every export of a package's public modules is explained where it is declared: a doc comment right before it, with a
 * sentence for people.
 *
 * @layer logic
 * @module
 */
import type { ModuleSource } from "@heddle/layers"
import type { Finding } from "../Finding.ts"

type Statement = ModuleSource.ModuleSource["syntax"]["program"]["body"][number]

/** What a statement exports by declaring it. */
interface Declared {
  readonly names: ReadonlyArray<string>
  readonly kind: "value" | "function" | "type"
}

export const checkExportDocs = (module: ModuleSource.ModuleSource): ReadonlyArray<Finding> => {
  const findings: Array<Finding> = []
  /** Values explained by the statement before. */
  let explained: ReadonlyArray<string> = []
  /** Functions explained at their first signature: their overloads need no second text. */
  const functions = new Set<string>()
  for (const statement of module.syntax.program.body) {
    const before = explained
    explained = []
    const declared = declaredBy(statement)
    if (declared === undefined) continue
    const doc = docBefore(module, statement.start)
    if (doc !== undefined && hasSentence(doc)) {
      if (declared.kind === "function") for (const name of declared.names) functions.add(name)
      if (declared.kind !== "type") explained = declared.names
      continue
    }
    if (declared.kind === "function" && declared.names.every((name) => functions.has(name))) continue
    const text = module.text.slice(statement.start, statement.end)
    const isTypeOfBefore = declared.kind === "type" && declared.names.every((name) => before.includes(name))
    if (isTypeOfBefore && declared.names.every((name) => namesTypeOf(text, name)) && isModel(doc)) continue
    findings.push({
      path: module.path,
      line: module.lineOf(statement.start),
      rule: "export-docs",
      message: `${declared.names.join(", ")} has no doc comment with a sentence`,
      instead: isTypeOfBefore
        ? "/** @category models */ right before it is enough for the type of the schema above"
        : "right before it: /** what it is, with units; which errors, and whether trying again helps. @category … */",
    })
  }
  return findings
}

const declaredBy = (statement: Statement): Declared | undefined => {
  if (statement.type !== "ExportNamedDeclaration") return undefined
  const { declaration } = statement
  switch (declaration?.type) {
    case "VariableDeclaration": {
      const names = declaration.declarations.flatMap(({ id }) => (id.type === "Identifier" ? [id.name] : ["a pattern"]))
      return { names, kind: "value" }
    }
    case "FunctionDeclaration":
    case "TSDeclareFunction":
      return { names: declaration.id === null ? [] : [declaration.id.name], kind: "function" }
    case "ClassDeclaration":
      return { names: declaration.id === null ? [] : [declaration.id.name], kind: "value" }
    case "TSInterfaceDeclaration":
    case "TSTypeAliasDeclaration":
      return { names: [declaration.id.name], kind: "type" }
    default:
      return undefined
  }
}

/** The doc comment that ends right before an offset; a module's header is none of any export. */
const docBefore = (module: ModuleSource.ModuleSource, start: number): string | undefined => {
  const comment = module.syntax.comments.findLast(({ end }) => end <= start)
  if (comment === undefined || comment.type !== "Block" || !comment.value.startsWith("*")) return undefined
  if (module.text.slice(comment.end, start).trim() !== "" || /@module\b/.test(comment.value)) return undefined
  return comment.value
    .split("\n")
    .map((line) => line.replace(/^\s*\*?\s?/, ""))
    .join("\n")
}

const tag = /(?:^|\s)@(?:category|deprecated|example|internal|layer|param|returns?|see|since|throws)\b/

/** Two words or more before the first tag, ended as a sentence is. */
const hasSentence = (doc: string): boolean => {
  const words = (doc.split(tag)[0] ?? "").trim()
  return /\S\s+\S/.test(words) && /[\p{L}\p{N}][`"')\]}]*[.:?!]/u.test(words)
}

const namesTypeOf = (text: string, name: string): boolean =>
  text.split(/[^\w$]+/).some((word, index, all) => word === "typeof" && all[index + 1] === name)

const isModel = (doc: string | undefined): boolean => doc !== undefined && /@category models\b/.test(doc)
