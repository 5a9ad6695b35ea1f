import { describe, expect, it } from "vitest"
import * as Report from "../../src/Report.ts"
import type { ReportModel } from "../../src/report/ReportModel.ts"
import { codeSpan, escapeText } from "../../src/report/MarkdownReport.ts"
import { countText, intervalText, moneyText, numberText, pText } from "../../src/report/ReportNumbers.ts"
import { clean, escapeMarkup } from "../../src/report/ReportTexts.ts"
import { armScore, armStudy, modelOf, score, screening, studyOf } from "./reportStudies.ts"
import { elements, type Node, parseMarkup, textOf } from "./strictMarkup.ts"

const page = (model: ReportModel): Node => parseMarkup(Report.html(model), { html: true })

/** What holds for every page, whatever is in it. */
const expectSound = (model: ReportModel): Node => {
  const root = page(model)
  const nodes = elements(root)
  const names = new Set(nodes.map(({ name }) => name))
  for (const name of ["script", "iframe", "object", "embed", "link", "form", "img", "foreignObject"])
    expect(names).not.toContain(name)
  for (const node of nodes) {
    for (const [key, value] of Object.entries(node.attributes)) {
      expect(key).not.toMatch(/^on/i)
      if (key === "href") expect(value).toMatch(/^#/)
      if (key !== "xmlns") expect(value).not.toMatch(/^\s*(javascript|data|https?):/i)
    }
  }
  const ids = nodes.flatMap(({ attributes }) => (attributes["id"] === undefined ? [] : [attributes["id"]]))
  expect(new Set(ids).size).toBe(ids.length)
  for (const { attributes } of nodes) {
    const { href } = attributes
    if (href !== undefined) expect(ids).toContain(href.slice(1))
    for (const id of (attributes["aria-labelledby"] ?? "").split(" ")) if (id !== "") expect(ids).toContain(id)
  }
  // Headings go down one step at a time, and there is one of the first order.
  const levels = nodes.flatMap(({ name }) => (/^h[1-6]$/.test(name) ? [Number(name[1])] : []))
  expect(levels.filter((level) => level === 1)).toEqual([1])
  levels.forEach((level, index) => expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1))
  expect(root.attributes["lang"]).toBe("en")
  for (const landmark of ["header", "nav", "main"])
    expect(nodes.filter(({ name }) => name === landmark)).toHaveLength(1)
  for (const table of nodes.filter(({ name }) => name === "table")) {
    const below = elements(table)
    expect(below.filter(({ name }) => name === "caption")).toHaveLength(1)
    for (const cell of below) if (cell.name === "th") expect(["col", "row"]).toContain(cell.attributes["scope"])
    const widths = below.flatMap((row) =>
      row.name === "tr" ? [row.children.filter((child) => typeof child !== "string").length] : [],
    )
    expect(new Set(widths).size).toBe(1)
  }
  expect(Report.html(model)).not.toContain("undefined")
  expect(Report.html(model)).not.toContain("NaN")
  const markdown = Report.markdown(model)
  // Outside of code, no tag stands unescaped.
  const outside = markdown.replaceAll(/(`+)(?!`)[\s\S]*?(?<!`)\1(?!`)/g, "")
  expect(outside).not.toMatch(/(?<!\\)<[a-zA-Z/!]/)
  expect(markdown).not.toContain("undefined")
  return root
}

/** The rows of the table with this caption. */
const rowsOf = (root: Node, caption: string): ReadonlyArray<ReadonlyArray<string>> => {
  const table = elements(root).find(
    (node) =>
      node.name === "table" && elements(node).some((child) => child.name === "caption" && textOf(child) === caption),
  )
  if (table === undefined) throw new Error(`there is no table ${caption}`)
  return elements(table)
    .filter(({ name }) => name === "tr")
    .slice(1)
    .map((row) => row.children.flatMap((cell) => (typeof cell === "string" ? [] : [textOf(cell)])))
}

const arms = modelOf(armStudy, armScore)

describe("a report", () => {
  it("is a sound page: landmarks, headings in order, captions, scopes, links that lead somewhere, nothing loaded", () => {
    expectSound(arms)
    expectSound(modelOf(screening, (factors, _, index) => Number(factors.get("a")) * 5 + ((index * 3) % 4)))
  })

  it("has the analysis' own numbers in the table of effects", () => {
    const [row] = arms.analysis?.confirmatory ?? []
    if (row === undefined) throw new Error("no test was made")
    const [cells] = rowsOf(page(arms), "Confirmatory tests: effects")
    expect(cells?.slice(0, 7)).toEqual([
      "h1",
      "score",
      row.comparison,
      numberText(row.result.estimate),
      intervalText(row.result.interval?.low, row.result.interval?.high, row.result.interval?.sides),
      pText(row.result.p),
      pText(row.adjustedP),
    ])
    // 24 runs; scores are 10 + 2 for the new arm + the dose + ((i * 7) mod 5) / 10, so the difference is near 2.
    expect(row.result.estimate).toBeGreaterThan(1.8)
    expect(row.result.n).toBe(24)
    expect(Report.markdown(arms)).toContain(numberText(row.result.estimate))
  })

  it("has the analysis' own numbers in the tables of each outcome", () => {
    const [outcome] = arms.analysis?.outcomes ?? []
    if (outcome === undefined) throw new Error("no outcome")
    const root = page(arms)
    const levels = rowsOf(root, "score by level")
    expect(levels.map((cells) => cells.slice(0, 5))).toEqual(
      outcome.byLevel.map(({ description, level, name }) => [
        name,
        level,
        countText(description.n),
        countText(description.missing),
        numberText(description.mean),
      ]),
    )
    const model = rowsOf(root, `${outcome.model.method} of score`)
    expect(model.map((cells) => [cells[0], cells[5], cells[6]])).toEqual(
      outcome.model.rows.map((row) => [row.term, numberText(row.f), pText(row.p)]),
    )
  })

  it("tells the conditions of several runs by their settings, each once", () => {
    const names = rowsOf(page(arms), "score by condition").map(([name]) => name)
    expect(new Set(names).size).toBe(6)
    expect(names).toContain("arm=new, dose=high")
  })

  it("states what runs cost by condition and in all", () => {
    // 24 runs of 0.25 dollars, 100 and 10 tokens, 2 seconds each.
    const rows = rowsOf(page(arms), "What runs state, by condition")
    expect(rows.at(-1)).toEqual(["all", "24", "6.00", "0.2500", "2400", "100.0", "240.0", "10.00", "48.00", "2.000"])
    expect(rows[0]?.slice(1, 4)).toEqual(["4", moneyText(1), moneyText(0.25)])
  })

  it("has the numbers of this study in its methods", () => {
    const text = Report.markdown(arms)
    expect(text).toContain("24 runs were planned")
    expect(text).toContain("Of 24 planned runs 24 (100.0 %) gave data, 0 began and gave none")
    expect(text).toContain("1 confirmatory test of 1 hypothesis was made as planned")
    expect(text).toContain("Tests were made at level 0.05; intervals have the level 95 %.")
  })

  it("keeps confirmatory and exploratory results in sections of their own", () => {
    const titles = elements(page(arms)).flatMap((node) => (node.name === "h2" ? [textOf(node)] : []))
    expect(titles).toEqual([
      "Contents",
      "Summary",
      "Question",
      "Design",
      "Flow of runs",
      "Methods",
      "Confirmatory results",
      "Exploratory results",
      "Outcomes",
      "Deviations from the plan",
      "Cost, tokens and time",
      "Limits of this study",
      "Provenance",
    ])
    const exploratory = rowsOf(page(arms), "Exploratory tests: effects")
    expect(exploratory).toHaveLength(arms.analysis?.exploratory.length ?? -1)
    for (const cells of exploratory) expect(cells.at(-1)).toMatch(/^(not )?below 0.05$|^not tested$/)
  })

  it("gives the same bytes for the same model, in all files", () => {
    expect(Report.files(modelOf(armStudy, armScore), "both")).toEqual(Report.files(arms, "both"))
  })

  it("links every figure of the Markdown to a file of the report, and writes no other", () => {
    const files = Report.files(arms, "md")
    const figures = files.map(({ path }) => path).filter((path) => path.endsWith(".svg"))
    const markdown = files.find(({ path }) => path === "report.md")?.text ?? ""
    const linked = Array.from(markdown.matchAll(/\]\((figures\/[a-z0-9-]+\.svg)\)/g), ([, path]) => path)
    expect(linked).toEqual(figures)
    expect(figures.length).toBeGreaterThan(4)
    for (const { path, text } of files) {
      expect(text).toContain(Report.markOf("arms"))
      if (path.endsWith(".svg")) parseMarkup(text)
    }
    expect(Report.files(arms, "html").map(({ path }) => path)).toEqual(["report.html"])
  })

  it("can have its figures inside the Markdown", () => {
    const markdown = Report.markdown(arms, { inlineFigures: true })
    const data = /\]\(data:image\/svg\+xml,([^)]*)\)/.exec(markdown)?.[1] ?? ""
    expect(parseMarkup(decodeURIComponent(data)).name).toBe("svg")
    expect(markdown).not.toContain("](figures/")
  })

  it("marks of two studies differ", () => {
    expect(Report.markOf("a")).not.toBe(Report.markOf("b"))
  })
})

describe("the report of a study with little in it", () => {
  it("without analysis plans says that nothing is confirmatory", () => {
    const model = modelOf(screening, (factors, _, index) => Number(factors.get("a")) * 5 + ((index * 3) % 4))
    const text = Report.markdown(model)
    expect(text).toContain("No test was planned before the data, so nothing here is confirmatory.")
    expect(text).toContain("No analysis was planned before the data: all results are exploratory.")
    expect(text).toContain("Effects on score by size")
    expectSound(model)
  })

  it("with one run has no error, no interval and no invented zero", () => {
    const one = studyOf({
      studyId: "one",
      title: "One run",
      factors: [{ name: "x", levels: [{ name: "a", value: 1 }] }],
      outcomes: [score],
      agentSpecs: ["a"],
      problemIds: ["p"],
    })
    const model = modelOf(one, () => 3)
    const root = expectSound(model)
    const [cells] = rowsOf(root, "score by condition")
    expect(cells).toEqual(["x=1", "1", "0", "3.000", "missing", "missing", "3.000", "3.000 to 3.000", "3.000 to 3.000"])
  })

  it("with only failed runs tells why, and shows no mean", () => {
    const model = modelOf(armStudy, () => ({ status: "failed", reason: "ValueError: no | <b>luck</b>" }))
    const root = expectSound(model)
    expect(rowsOf(root, "Why runs gave no data")).toEqual([["failed", "ValueError: no | <b>luck</b>", "24"]])
    expect(Report.markdown(model)).toContain("0 of 24 planned runs (0.0 %) gave data")
    expect(Report.markdown(model)).toContain("24 planned runs (100.0 %) gave no data.")
  })

  it("whose analysis is refused says all reasons and shows no result", () => {
    const broken = studyOf({
      studyId: "broken",
      title: "Broken",
      factors: [
        {
          name: "x",
          levels: [
            { name: "a", value: 1 },
            { name: "b", value: 2 },
          ],
        },
      ],
      outcomes: [{ ...score, column: "scores" }],
      agentSpecs: ["a"],
      problemIds: ["p"],
    })
    const model = modelOf(broken, () => 1)
    expect(model.analysis).toBeUndefined()
    const text = Report.markdown(model)
    expectSound(model)
    expect(text).toContain("The analysis could not be made, and no result is shown in its place.")
    expect(text).toContain("outcomes\\[0\\].column")
  })

  it("warns where runs were lost at one level more than at another", () => {
    const model = modelOf(armStudy, (factors, run, index) =>
      factors.get("arm") === "new" && run.replicate <= 3
        ? { status: "timedOut", reason: "too slow" }
        : armScore(factors, run, index),
    )
    // 9 of 12 against 0 of 12: Fisher's exact test, two-sided, p = 0.0003 (R: fisher.test(matrix(c(9,3,0,12),2))).
    expect(Report.markdown(model)).toContain(
      "Runs were lost unevenly over arm: old 0 of 12, new 9 of 12 (Fisher's exact test, p \\< 0.001)",
    )
    expectSound(model)
  })
})

const nasty = [
  "</title><script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "a | b || c",
  "``` code ` ticks ``",
  "two\nlines\r\n\r\n# heading\n- item\n> quote",
  "\u202edesrever\u202c \u2066isolate\u2069 \u200f",
  "[link](javascript:alert(1)) ![x](http://evil.example/x.png) <http://evil.example>",
  "&lt;b&gt; &amp; &#x41; &copy",
  "*bold* _it_ ~~gone~~ $math$ \\ back\\slash",
  "1. list\u0000\u0007\u001b[31mred",
  "=== setext",
  "\ud800 lone",
  "{{template}} <%= x %> ${x}",
  "𝔘𝔫𝔦 漢字 🙂 עברית",
]

describe("hostile texts", () => {
  it("anywhere in a study stay text", () => {
    nasty.forEach((text, index) => {
      const other = nasty[(index + 1) % nasty.length] ?? ""
      const study = studyOf({
        studyId: "hostile",
        title: `T ${text}`,
        description: text,
        authors: [text, other],
        rationale: text,
        tags: [text],
        notes: text,
        factors: [
          {
            name: `f ${text}`,
            description: text,
            levels: [
              { name: `l ${text}`, value: text },
              { name: `m ${other}`, value: `m ${other}` },
            ],
          },
          {
            name: "g",
            levels: [
              { name: "a", value: 1 },
              { name: "b", value: 2 },
            ],
          },
        ],
        blocks: [{ name: `b ${text}`, levels: [text, "other"] }],
        constraints: [{ constraintId: `c ${text}`, expression: "g == 1 or g == 2", description: text }],
        outcomes: [{ ...score, name: `o ${text}`, description: text }],
        hypotheses: [
          {
            hypothesisId: `h ${text}`,
            label: text.trim() === "" ? "x" : text,
            statement: `s ${text}`,
            independentVars: ["g"],
            dependentVars: [`o ${text}`],
          },
        ],
        analysisPlans: [{ analysisPlanId: "p", hypothesisIds: [`h ${text}`], tests: ["welch_t"] }],
        runBudget: { replicates: 2 },
        agentSpecs: ["a"],
        problemIds: ["p"],
      })
      const model = modelOf(
        study,
        (_, run, place) => (place % 5 === 4 ? { status: "failed", reason: text } : place + run.replicate),
        {
          facts: {
            ledgerRunId: text,
            startedAt: text,
            software: [[text, text]],
            models: [text],
            budgets: [{ name: text, cap: 1, spent: 2, overrun: true }],
          },
        },
      )
      const root = expectSound(model)
      const title = elements(root).find(({ name }) => name === "h1")
      expect(title === undefined ? "" : textOf(title)).toBe(clean(`T ${text}`))
      // oxlint-disable-next-line no-control-regex
      expect(Report.html(model)).not.toMatch(/[\u0000-\u0008\u200e\u200f\u202a-\u202e\u2066-\u2069]/)
      for (const file of Report.files(model, "md")) if (file.path.endsWith(".svg")) parseMarkup(file.text)
    })
  })

  it("of a megabyte are cut with a note", () => {
    const long = "long text ".repeat(100_000)
    const study = studyOf({
      ...armStudy,
      title: long,
      description: long,
      notes: long,
      factors: armStudy.factors.map((one) => ({ ...one, description: long })),
    })
    const model = modelOf(study, armScore)
    expectSound(model)
    expect(Report.html(model).length).toBeLessThan(300_000)
    expect(Report.html(model)).toContain("(cut, 1,000,000 characters)")
  })

  it("of one level each in a thousand conditions leave tables bounded and counted", () => {
    const levels = (prefix: string) =>
      Array.from({ length: 32 }, (_, index) => ({ name: `${prefix}${index}`, value: `${prefix}${index}` }))
    const study = studyOf({
      studyId: "wide",
      title: "Wide",
      factors: [
        { name: "a", levels: levels("a") },
        { name: "b", levels: levels("b") },
      ],
      outcomes: [score],
      agentSpecs: ["x"],
      problemIds: ["p"],
    })
    const model = modelOf(study, (_, _run, index) => index)
    expect(model.conditions).toHaveLength(1024)
    expectSound(model)
    expect(Report.markdown(model)).toContain("and 824 more rows.")
  })

  it("escaped for markup and unescaped again are the same", () => {
    for (const text of nasty) {
      const node = parseMarkup(`<p a="${escapeMarkup(clean(text))}">${escapeMarkup(clean(text))}</p>`)
      expect(textOf(node)).toBe(clean(text))
      expect(node.attributes["a"]).toBe(clean(text))
    }
  })

  it("escaped for Markdown hold no mark that is not escaped, and lose nothing", () => {
    for (const text of nasty) {
      const escaped = escapeText(text)
      expect(escaped.replaceAll(/\\([!-/:-@[-`{-~])/g, "$1")).toBe(clean(text))
      expect(escaped.replaceAll(/\\[!-/:-@[-`{-~]/g, "")).not.toMatch(/[`*_[\]<>|~$\\]/)
      expect(escaped).not.toMatch(/[\n\r]/)
    }
  })

  it("as code have a fence longer than any run of backticks in them", () => {
    // By hand from CommonMark 0.31, section 6.1.
    expect(codeSpan("a``b", false)).toBe("```a``b```")
    expect(codeSpan("`", false)).toBe("`` ` ``")
    expect(codeSpan("a`b", false)).toBe("``a`b``")
    expect(codeSpan("a|b", true)).toBe("`a\\|b`")
    expect(codeSpan("", false)).toBe("")
  })
})
