/**
 * Draws a captured terminal session as an SVG picture: `node tooling/guide/draw-terminal.mjs captured.txt picture.svg`.
 * Understands colours, dim text, cursor-up and clear-to-end, which is all that heddle uses; the picture shows the screen
 * as it was left.
 *
 *   script -qec "stty cols 110 rows 40; npm start" captured.txt
 *
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs"

const [from, to] = process.argv.slice(2)
const colours = { 31: "#ff7b72", 32: "#7ee787", 33: "#e3b341", 36: "#79c0ff" }
const rows = [[]]
let row = 0
let style = {}
const text = readFileSync(from, "utf8")
  .replace(/^Script started.*\n/, "")
  .replace(/\n?Script done[\s\S]*$/, "")
const escapeCharacter = String.fromCharCode(27)
const parts = new RegExp(
  `${escapeCharacter}\\[(\\d*)(?:;\\d+)*([A-Za-z])|\\r?\\n|\\r|[^${escapeCharacter}\\r\\n]+`,
  "g",
)
for (const part of text.matchAll(parts)) {
  const [all, number, command] = part
  if (command === "m") {
    if (number === "0" || number === "") style = {}
    else if (number === "2") style = { ...style, dim: true }
    else style = { ...style, colour: colours[number] }
  } else if (command === "A") row = Math.max(0, row - Number(number || 1))
  else if (command === "J") rows.splice(row, rows.length, [])
  else if (command === undefined && all.includes("\n")) {
    row++
    rows[row] ??= []
  } else if (command === undefined && all !== "\r" && !/^[⠁-⣿]+$/.test(all)) rows[row].push({ text: all, ...style })
}
while (rows.length > 0 && rows.at(-1).length === 0) rows.pop()
const lineHeight = 17
const charWidth = 7.8
const width =
  Math.min(112, Math.max(...rows.map((spans) => spans.reduce((sum, span) => sum + span.text.length, 0)))) * charWidth +
  32
const escape = (line) => line.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;")
const lines = rows.map((spans, index) => {
  let left = 112
  const shown = spans.map(({ text: words, colour, dim }) => {
    const cut = words.slice(0, left)
    left -= cut.length
    return `<tspan${colour === undefined ? "" : ` fill="${colour}"`}${dim ? ' opacity="0.6"' : ""}>${escape(cut)}</tspan>`
  })
  return `<text x="16" y="${44 + index * lineHeight}" xml:space="preserve">${shown.join("")}</text>`
})
const height = rows.length * lineHeight + 60
writeFileSync(
  to,
  `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="ui-monospace, Menlo, Consolas, monospace" font-size="13" fill="#e6edf3">
<title>npm start in a terminal</title>
<rect width="100%" height="100%" rx="8" fill="#0d1117"/>
<circle cx="18" cy="16" r="5" fill="#ff5f56"/><circle cx="34" cy="16" r="5" fill="#ffbd2e"/><circle cx="50" cy="16" r="5" fill="#27c93f"/>
${lines.join("\n")}
</svg>
`,
)
