/**
 * A reader of CSV written for the tests alone, from the rules of RFC 4180: what we write is not read back with our own
 * reader only.
 */
export const parse = (text: string): ReadonlyArray<ReadonlyArray<string>> => {
  const rows: Array<Array<string>> = []
  let row: Array<string> = []
  const cell = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n|\n|$)/gy
  while (cell.lastIndex < text.length) {
    const found = cell.exec(text)
    if (found === null) throw new Error("no CSV")
    row.push(found[1] === undefined ? (found[2] ?? "") : found[1].replaceAll('""', '"'))
    if (found[3] === ",") {
      if (cell.lastIndex === text.length) row.push("")
      else continue
    }
    rows.push(row)
    row = []
  }
  return rows
}

/** The rows as objects by their header. */
export const records = (text: string): ReadonlyArray<Readonly<Record<string, string>>> => {
  const [header = [], ...rows] = parse(text)
  return rows.map((row) => Object.fromEntries(header.map((name, index) => [name, row[index] ?? ""])))
}
