/**
 * The grammar of expressions. All of Python's expression syntax is read, so that what is no Python (`syntax`) and what is
 * Python but not allowed (`unsupported`) are told apart; of the second kind the first one found is reported.
 *
 * @layer logic
 * @module
 */
import { Fault, bound, syntax, unsupported } from "./expressionFault.ts"
import { type Token, nestingMax, tokenize } from "./expressionTokens.ts"

/** The longest expression, in UTF-16 units. */
export const charactersMax = 10_000

/** The most operations that lie inside each other, as in `a + b + c + …`. */
export const heightMax = 400

/** Functions that can be called, by bare name. */
export const functionNames = ["len", "int", "float", "str", "bool"] as const
/** One of the functions. */
export type FunctionName = (typeof functionNames)[number]

/** Operators with two sides that give a number, a text or a list. */
export type BinaryOperator = "+" | "-" | "*" | "/" | "%"
/** Operators that give true or false. */
export type CompareOperator = "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in"

/** What a node of an expression is. */
export type Shape =
  | { readonly kind: "constant"; readonly value: null | boolean | bigint | number | string }
  | { readonly kind: "ellipsis" }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "list" | "tuple"; readonly items: ReadonlyArray<ExpressionNode> }
  | { readonly kind: "dict"; readonly entries: ReadonlyArray<readonly [ExpressionNode, ExpressionNode]> }
  | { readonly kind: "attribute"; readonly of: ExpressionNode; readonly name: string }
  | { readonly kind: "subscript"; readonly of: ExpressionNode; readonly index: ExpressionNode }
  | { readonly kind: "and" | "or"; readonly items: ReadonlyArray<ExpressionNode> }
  | { readonly kind: "not" | "plus" | "minus"; readonly of: ExpressionNode }
  | {
      readonly kind: "binary"
      readonly operator: BinaryOperator
      readonly left: ExpressionNode
      readonly right: ExpressionNode
    }
  | {
      readonly kind: "compare"
      readonly first: ExpressionNode
      readonly rest: ReadonlyArray<{ readonly operator: CompareOperator; readonly node: ExpressionNode }>
    }
  | { readonly kind: "call"; readonly name: FunctionName; readonly parts: ReadonlyArray<ExpressionNode> }

/** One node: what it is, where it stands, and how much lies below it. */
export interface ExpressionNode {
  readonly shape: Shape
  readonly at: number
  readonly height: number
}

const keywords = new Set(
  "False None True and as assert async await break class continue def del elif else except finally for from global if import in is lambda nonlocal not or pass raise return try while with yield".split(
    " ",
  ),
)

/** Operators with two sides by how tightly they bind. */
const binaryLevels: Readonly<Record<string, number>> = {
  "|": 1,
  "^": 2,
  "&": 3,
  "<<": 4,
  ">>": 4,
  "+": 5,
  "-": 5,
  "*": 6,
  "/": 6,
  "//": 6,
  "%": 6,
  "@": 6,
}

const isBinary = (text: string): text is BinaryOperator =>
  text === "+" || text === "-" || text === "*" || text === "/" || text === "%"
const isComparison = (text: string): text is "==" | "!=" | "<" | "<=" | ">" | ">=" =>
  text === "==" || text === "!=" || text === "<" || text === "<=" || text === ">" || text === ">="
const isFunction = (text: string): text is FunctionName => functionNames.some((name) => name === text)

const insteads: Readonly<Record<string, string>> = {
  "//": "write int(a / b) where both are positive",
  "**": "write the product: x * x",
  "&": "write and between two conditions, each in parentheses",
  "|": "write or between two conditions, each in parentheses",
  is: "write == instead",
  "is not": "write != instead",
}

class Parser {
  readonly #tokens: ReadonlyArray<Token>
  #next = 0
  #depth = 0
  /** The first thing found that is Python but not allowed. */
  refused: Fault | undefined = undefined

  constructor(tokens: ReadonlyArray<Token>) {
    this.#tokens = tokens
  }

  whole(): ExpressionNode {
    while (this.#peek().type === "newline") this.#next++
    const start = this.#peek()
    const first = this.#expression()
    const node = this.#at(",") ? this.#tuple(start.at, [first], () => this.#expression()) : first
    const after = this.#peek()
    while (this.#peek().type === "newline") this.#next++
    const end = this.#peek()
    if (end.type === "end") return node
    if (after.type === "newline") {
      throw syntax("an expression ends with its line", after.at, "put it in parentheses to write it on several lines")
    }
    throw this.#unexpected(end)
  }

  #peek(ahead = 0): Token {
    // The last token is `end`, and nothing reads beyond it.
    return this.#tokens[Math.min(this.#next + ahead, this.#tokens.length - 1)] ?? { type: "end", text: "", at: 0 }
  }

  /** Whether the next token is this operator or keyword. */
  #at(text: string, ahead = 0): boolean {
    const token = this.#peek(ahead)
    return (token.type === "operator" || token.type === "name") && token.text === text
  }

  #take(text: string): boolean {
    if (!this.#at(text)) return false
    this.#next++
    return true
  }

  #need(text: string): void {
    if (!this.#take(text)) throw this.#unexpected(this.#peek(), `expected ${JSON.stringify(text)}`)
  }

  #unexpected(token: Token, wanted?: string): Fault {
    const found = token.type === "end" || token.type === "newline" ? "the end" : JSON.stringify(token.text.slice(0, 40))
    const hint =
      token.text === "="
        ? "compare with =="
        : token.text === "&" || token.text === "|"
          ? "write and, or"
          : token.text === ";"
            ? "write one condition: join two by and"
            : token.type === "newline"
              ? "put it in parentheses to write it on several lines"
              : undefined
    return syntax(wanted === undefined ? `${found} has no meaning here` : `${wanted}, found ${found}`, token.at, hint)
  }

  #node(at: number, shape: Shape, below: ReadonlyArray<ExpressionNode> = []): ExpressionNode {
    let height = 0
    for (const node of below) height = Math.max(height, node.height)
    if (height >= heightMax) throw bound(`more than ${heightMax} operations inside each other`, at)
    return { shape, at, height: height + 1 }
  }

  /** Python that is not allowed here; reading goes on, for what follows may be no Python at all. */
  #refuse(at: number, what: string, hint?: string): ExpressionNode {
    this.refused ??= unsupported(`${what} is not part of the constraint language`, at, hint)
    return this.#node(at, { kind: "constant", value: null })
  }

  #deeper<A>(at: number, read: () => A): A {
    if (this.#depth >= nestingMax) throw bound(`nested deeper than ${nestingMax}`, at)
    this.#depth++
    const result = read()
    this.#depth--
    return result
  }

  #expression(): ExpressionNode {
    return this.#deeper(this.#peek().at, () => {
      const start = this.#peek()
      if (this.#take("lambda")) {
        while (!this.#at(":")) this.#parameter()
        this.#need(":")
        this.#expression()
        return this.#refuse(start.at, "lambda")
      }
      const node = this.#or()
      const conditional = this.#peek()
      if (!this.#take("if")) return node
      this.#or()
      this.#need("else")
      this.#expression()
      return this.#refuse(conditional.at, "a conditional (if … else)", "write (a and b) or (not a and c)")
    })
  }

  #parameter(): void {
    if (this.#take("/")) {
      // Only a mark.
    } else if (this.#take("**")) this.#name()
    else if (this.#take("*")) {
      if (this.#peek().type === "name") this.#name()
    } else {
      this.#name()
      if (this.#take("=")) this.#expression()
    }
    if (!this.#at(":")) this.#need(",")
  }

  #name(): string {
    const token = this.#peek()
    if (token.type !== "name" || keywords.has(token.text)) throw this.#unexpected(token, "expected a name")
    this.#next++
    return token.text.normalize("NFKC")
  }

  /** An expression, or `name := expression`, which is allowed inside of brackets only. */
  #named(): ExpressionNode {
    const start = this.#peek()
    if (start.type !== "name" || keywords.has(start.text) || !this.#at(":=", 1)) return this.#expression()
    this.#next += 2
    this.#expression()
    return this.#refuse(start.at, "an assignment (:=)")
  }

  #starred(): ExpressionNode {
    const start = this.#peek()
    if (!this.#take("*")) return this.#named()
    this.#binary(1)
    return this.#refuse(start.at, "a starred expression (*)")
  }

  #or(): ExpressionNode {
    return this.#joined("or", () => this.#joined("and", () => this.#not()))
  }

  #joined(kind: "and" | "or", operand: () => ExpressionNode): ExpressionNode {
    const start = this.#peek()
    const first = operand()
    if (!this.#at(kind)) return first
    const items = [first]
    while (this.#take(kind)) items.push(operand())
    return this.#node(start.at, { kind, items }, items)
  }

  #not(): ExpressionNode {
    const start = this.#peek()
    if (!this.#take("not")) return this.#comparison()
    const of = this.#deeper(start.at, () => this.#not())
    return this.#node(start.at, { kind: "not", of }, [of])
  }

  #comparison(): ExpressionNode {
    const first = this.#binary(1)
    const rest: Array<{ readonly operator: CompareOperator; readonly node: ExpressionNode }> = []
    for (;;) {
      const operator = this.#compareOperator()
      if (operator === undefined) break
      rest.push({ operator, node: this.#binary(1) })
    }
    if (rest.length === 0) return first
    return this.#node(first.at, { kind: "compare", first, rest }, [first, ...rest.map((part) => part.node)])
  }

  #compareOperator(): CompareOperator | undefined {
    const token = this.#peek()
    if (token.type === "operator" && isComparison(token.text)) {
      this.#next++
      return token.text
    }
    if (this.#take("in")) return "in"
    if (this.#at("not") && this.#at("in", 1)) {
      this.#next += 2
      return "not in"
    }
    if (!this.#take("is")) return undefined
    const text = this.#take("not") ? "is not" : "is"
    this.#refuse(token.at, JSON.stringify(text), insteads[text])
    return "=="
  }

  #binary(level: number): ExpressionNode {
    let left = this.#unary()
    for (;;) {
      const token = this.#peek()
      const found = token.type === "operator" ? binaryLevels[token.text] : undefined
      if (found === undefined || found < level) return left
      this.#next++
      const right = this.#binary(found + 1)
      left = isBinary(token.text)
        ? this.#node(token.at, { kind: "binary", operator: token.text, left, right }, [left, right])
        : this.#refuse(token.at, JSON.stringify(token.text), insteads[token.text])
    }
  }

  #unary(): ExpressionNode {
    const token = this.#peek()
    if (!this.#at("+") && !this.#at("-") && !this.#at("~")) return this.#power()
    this.#next++
    const of = this.#deeper(token.at, () => this.#unary())
    if (token.text === "~") return this.#refuse(token.at, '"~"', "write not")
    return this.#node(token.at, { kind: token.text === "+" ? "plus" : "minus", of }, [of])
  }

  #power(): ExpressionNode {
    const start = this.#peek()
    const awaited = this.#take("await")
    const base = this.#primary()
    if (awaited) this.#refuse(start.at, "await")
    const token = this.#peek()
    if (!this.#take("**")) return base
    this.#deeper(token.at, () => this.#unary())
    return this.#refuse(token.at, '"**"', insteads["**"])
  }

  #primary(): ExpressionNode {
    const callee = this.#peek()
    let node = this.#atom()
    for (;;) {
      const token = this.#peek()
      if (this.#take(".")) {
        node = this.#node(token.at, { kind: "attribute", of: node, name: this.#name() }, [node])
      } else if (this.#take("[")) {
        const index = this.#index()
        node = this.#node(token.at, { kind: "subscript", of: node, index }, [node, index])
      } else if (this.#take("(")) {
        const parts = this.#callParts()
        if (node.shape.kind === "name" && isFunction(node.shape.name)) {
          node = this.#node(callee.at, { kind: "call", name: node.shape.name, parts }, parts)
        } else {
          const called =
            node.shape.kind === "name"
              ? `a call of ${node.shape.name}`
              : node.shape.kind === "attribute"
                ? `a call of the method ${node.shape.name}`
                : "a call of this"
          node = this.#refuse(node.at, called, `functions are ${functionNames.join(", ")}`)
        }
      } else return node
    }
  }

  /** What stands in the parentheses of a call, up to the closing one. */
  #callParts(): ReadonlyArray<ExpressionNode> {
    const parts: Array<ExpressionNode> = []
    let keyword = false
    while (!this.#take(")")) {
      const start = this.#peek()
      if (this.#take("**")) {
        this.#expression()
        this.#refuse(start.at, "a spread (**)")
        keyword = true
      } else if (start.type === "name" && !keywords.has(start.text) && this.#at("=", 1)) {
        this.#next += 2
        this.#expression()
        this.#refuse(start.at, `a named argument (${start.text}=)`, "write the value alone")
        keyword = true
      } else {
        const starred = this.#at("*")
        const part = starred ? this.#starredArgument() : this.#named()
        if (this.#comprehension(start.at)) {
          if (parts.length > 0 || !this.#at(")"))
            throw syntax("a generator among other arguments needs parentheses", start.at)
        } else if (keyword && !starred) throw syntax("a value behind a named argument", start.at)
        parts.push(part)
      }
      if (!this.#at(")")) this.#need(",")
    }
    return parts
  }

  #starredArgument(): ExpressionNode {
    const start = this.#peek()
    this.#need("*")
    this.#expression()
    return this.#refuse(start.at, "a starred argument (*)")
  }

  /** Reads `for … in … if …` where one follows, and refuses it. */
  #comprehension(at: number): boolean {
    let found = false
    while (this.#at("for") || (this.#at("async") && this.#at("for", 1))) {
      found = true
      this.#take("async")
      this.#need("for")
      do {
        this.#take("*")
        this.#binary(1)
      } while (this.#take(",") && !this.#at("in"))
      this.#need("in")
      this.#or()
      while (this.#take("if")) this.#or()
    }
    if (found) this.#refuse(at, "a comprehension (for … in …)")
    return found
  }

  /** What stands in the brackets of a subscript, up to the closing one. */
  #index(): ExpressionNode {
    const start = this.#peek()
    const first = this.#slice()
    const node = this.#at(",") ? this.#tuple(start.at, [first], () => this.#slice()) : first
    this.#need("]")
    return node
  }

  #slice(): ExpressionNode {
    const start = this.#peek()
    const first = this.#at(":") ? undefined : this.#at("*") ? this.#starredArgument() : this.#named()
    if (!this.#at(":")) return first ?? this.#refuse(start.at, "a slice (:)")
    for (let colons = 0; colons < 2 && this.#take(":"); colons++) {
      if (!this.#at(":") && !this.#at("]") && !this.#at(",")) this.#expression()
    }
    return this.#refuse(start.at, "a slice (:)", "take single items: values[0]")
  }

  /** The rest of a tuple whose first items are read; the next token is a comma. */
  #tuple(at: number, items: Array<ExpressionNode>, item: () => ExpressionNode): ExpressionNode {
    while (this.#take(",")) {
      const token = this.#peek()
      if (token.type === "end" || token.type === "newline" || this.#at(")") || this.#at("]")) break
      items.push(item())
    }
    return this.#node(at, { kind: "tuple", items }, items)
  }

  #atom(): ExpressionNode {
    const token = this.#peek()
    switch (token.type) {
      case "number":
        this.#next++
        if (token.value === "imaginary") return this.#refuse(token.at, "an imaginary number")
        return this.#node(token.at, { kind: "constant", value: token.value })
      case "text":
      case "foreign":
        return this.#strings(token)
      case "name":
        return this.#word(token)
      case "operator":
        this.#next++
        if (token.text === "(") return this.#parenthesis(token.at)
        if (token.text === "[") return this.#listDisplay(token.at)
        if (token.text === "{") return this.#braces(token.at)
        if (token.text === "...") return this.#node(token.at, { kind: "ellipsis" })
        throw this.#unexpected(token, "expected a value")
      default:
        throw this.#unexpected(token, "expected a value")
    }
  }

  /** Texts side by side are one text. */
  #strings(first: Token): ExpressionNode {
    let value = ""
    let bytes: boolean | undefined
    for (let token = this.#peek(); token.type === "text" || token.type === "foreign"; token = this.#peek()) {
      this.#next++
      const isBytes = token.type === "foreign" && token.value === "bytes"
      if (bytes !== undefined && bytes !== isBytes) throw syntax("bytes beside a text", token.at)
      bytes = isBytes
      if (token.type === "text") value += token.value
      else this.#refuse(token.at, token.value, "write a plain text")
    }
    return this.#node(first.at, { kind: "constant", value })
  }

  #word(token: Token): ExpressionNode {
    if (this.#take("True")) return this.#node(token.at, { kind: "constant", value: true })
    if (this.#take("False")) return this.#node(token.at, { kind: "constant", value: false })
    if (this.#take("None")) return this.#node(token.at, { kind: "constant", value: null })
    if (keywords.has(token.text)) throw this.#unexpected(token, "expected a value")
    return this.#node(token.at, { kind: "name", name: this.#name() })
  }

  #parenthesis(at: number): ExpressionNode {
    if (this.#take(")")) return this.#node(at, { kind: "tuple", items: [] })
    if (this.#take("yield")) {
      this.#take("from")
      while (!this.#at(")")) {
        this.#starred()
        if (!this.#at(")")) this.#need(",")
      }
      this.#need(")")
      return this.#refuse(at, "yield")
    }
    const starred = this.#at("*")
    const first = this.#starred()
    const comprehension = this.#comprehension(at)
    if (starred && !this.#at(",")) throw syntax("a starred expression alone", at)
    const node = this.#at(",") && !comprehension ? this.#tuple(at, [first], () => this.#starred()) : first
    this.#need(")")
    return node
  }

  #listDisplay(at: number): ExpressionNode {
    const items: Array<ExpressionNode> = []
    while (!this.#take("]")) {
      items.push(this.#starred())
      if (items.length === 1 && this.#comprehension(at)) {
        this.#need("]")
        break
      }
      if (!this.#at("]")) this.#need(",")
    }
    return this.#node(at, { kind: "list", items }, items)
  }

  /** A dict, or a set, which is not allowed. */
  #braces(at: number): ExpressionNode {
    const entries: Array<readonly [ExpressionNode, ExpressionNode]> = []
    let isSet: boolean | undefined
    let count = 0
    while (!this.#take("}")) {
      const start = this.#peek()
      let set = false
      if (this.#take("**")) {
        this.#binary(1)
        this.#refuse(start.at, "a spread (**)")
      } else {
        const key = this.#starred()
        set = !this.#take(":")
        if (!set) entries.push([key, this.#expression()])
      }
      if (isSet !== undefined && isSet !== set) throw syntax("a set or a dict, not both", start.at)
      isSet = set
      if (count++ === 0 && this.#comprehension(at)) {
        this.#need("}")
        break
      }
      if (!this.#at("}")) this.#need(",")
    }
    if (isSet === true) return this.#refuse(at, "a set ({…})", "write a list: [a, b]")
    return this.#node(at, { kind: "dict", entries }, entries.flat())
  }
}

/** The tree of an expression whose line ends are LF. Throws a `Fault`. */
export const parseTree = (text: string): ExpressionNode => {
  if (text.length > charactersMax) throw bound(`longer than ${charactersMax} characters`, charactersMax)
  const parser = new Parser(tokenize(text))
  const node = parser.whole()
  if (parser.refused !== undefined) throw parser.refused
  return node
}
