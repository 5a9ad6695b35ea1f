/**
 * A folder as one tar archive (ustar, with pax records for long names), the same bytes for the same files: names sorted,
 * times at zero, one owner, plain modes. Written here because nothing else in the package needs an archive.
 *
 * @layer logic
 * @module
 */

/** Bytes of a block of tar. */
export const blockBytes = 512

/** The largest file that the size field of ustar holds. */
export const fileBytesMax = 8 ** 11 - 1

const encoder = new TextEncoder()

const nameBytesMax = 100
const prefixBytesMax = 155

/** What stands in front of a file or a folder. @category models */
export interface TarEntry {
  /** With `/`, relative, without one at the end. */
  readonly name: string
  readonly kind: "file" | "folder"
  /** Of a file. */
  readonly bytes: number
}

/** The header of an entry, one block or, with a long name, several. Throws a RangeError above {@link fileBytesMax}. @category encoding */
export const header = ({ bytes, kind, name }: TarEntry): Uint8Array => {
  if (bytes > fileBytesMax)
    throw new RangeError(`${name} has ${bytes} bytes, an archive holds files of ${fileBytesMax}`)
  const full = kind === "folder" ? `${name}/` : name
  const split = splitName(full)
  if (split !== undefined) return block(split.name, split.prefix, kind === "folder" ? "5" : "0", bytes)
  const record = encoder.encode(paxRecord("path", full))
  const short = cut(full, nameBytesMax)
  return concat([
    block("PaxHeaders/name", "", "x", record.length),
    padded(record),
    block(short, "", kind === "folder" ? "5" : "0", bytes),
  ])
}

/** Zeros that fill a file's last block. @category encoding */
export const padding = (bytes: number): Uint8Array => new Uint8Array((blockBytes - (bytes % blockBytes)) % blockBytes)

/** What ends an archive. @category encoding */
export const end = (): Uint8Array => new Uint8Array(2 * blockBytes)

/** The name of a folder's bundle: its own name and `.tar.gz`, dots in the name included (`study.v1` is `study.v1.tar.gz`). */
export const bundleName = (folderName: string): string => `${folderName}.tar.gz`

/**
 * The name that the predecessor gives: the suffix of the folder's name replaced, so that `study.v1` is `study.tar.gz` and
 * `study.v2` overwrites it. Only for those who need that name.
 */
export const compatibleBundleName = (folderName: string): string => {
  const dot = folderName.lastIndexOf(".")
  // As pathlib: a dot in front or at the end begins no suffix.
  return `${dot > 0 && dot < folderName.length - 1 ? folderName.slice(0, dot) : folderName}.tar.gz`
}

const splitName = (full: string): { readonly name: string; readonly prefix: string } | undefined => {
  // Bytes beyond ASCII mean nothing certain in ustar; a pax record says UTF-8.
  if (!/^[\x20-\x7e]*$/.test(full)) return undefined
  if (full.length <= nameBytesMax) return { name: full, prefix: "" }
  for (let at = full.indexOf("/"); at !== -1 && at <= prefixBytesMax; at = full.indexOf("/", at + 1)) {
    const name = full.slice(at + 1)
    if (at > 0 && name !== "" && name.length <= nameBytesMax) return { name, prefix: full.slice(0, at) }
  }
  return undefined
}

/** `<length> key=value` and a line end; the length counts itself. */
const paxRecord = (key: string, value: string): string => {
  const rest = ` ${key}=${value}\n`
  const restBytes = encoder.encode(rest).length
  let length = restBytes + 1
  while (String(length).length + restBytes !== length) length = String(length).length + restBytes
  return `${length}${rest}`
}

const cut = (text: string, bytesMax: number): string => text.replaceAll(/[^\x20-\x7e]/g, "_").slice(0, bytesMax)

const octal = (value: number, digits: number): string => value.toString(8).padStart(digits, "0")

const block = (name: string, prefix: string, type: string, bytes: number): Uint8Array => {
  const all = new Uint8Array(blockBytes)
  const put = (at: number, text: string): void => all.set(encoder.encode(text), at)
  put(0, name)
  put(100, `${octal(type === "5" ? 0o755 : 0o644, 7)}\0`)
  put(108, `${octal(0, 7)}\0`)
  put(116, `${octal(0, 7)}\0`)
  put(124, `${octal(bytes, 11)}\0`)
  put(136, `${octal(0, 11)}\0`)
  put(148, "        ")
  put(156, type)
  put(257, "ustar\x0000")
  put(345, prefix)
  let sum = 0
  for (const byte of all) sum += byte
  put(148, `${octal(sum, 6)}\0 `)
  return all
}

const concat = (parts: ReadonlyArray<Uint8Array>): Uint8Array => {
  const all = new Uint8Array(parts.reduce((total, part) => total + part.length, 0))
  let at = 0
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

const padded = (bytes: Uint8Array): Uint8Array => concat([bytes, padding(bytes.length)])
