/**
 * A Python process that computes with scikit-image what the kernels compute, one request after the other.
 */
import { spawn, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

/** The Python that has Debian's python3-skimage. */
export const python = process.env["HEDDLE_PEER_PYTHON"] ?? "/usr/bin/python3"

/** An array of the peer. */
export interface PeerArray {
  readonly dtype: "uint8" | "uint16" | "uint32" | "int32" | "int64" | "float32" | "float64" | "bool"
  readonly shape: ReadonlyArray<number>
  readonly data: Uint8Array | Uint16Array | Uint32Array | Int32Array | BigInt64Array | Float32Array | Float64Array
}

/** What the peer answers. */
export interface PeerAnswer {
  readonly value: unknown
  readonly arrays: ReadonlyArray<PeerArray>
}

/** A process that answers. */
export interface Peer {
  readonly ask: (
    operation: string,
    arrays: ReadonlyArray<PeerArray>,
    parameters?: Readonly<Record<string, unknown>>,
  ) => Promise<PeerAnswer>
  readonly end: () => Promise<void>
}

/** Which scikit-image there is; undefined where there is none. */
export const skimageVersion = (): string | undefined => {
  const { status, stdout } = spawnSync(python, ["-c", "import skimage; print(skimage.__version__)"], {
    encoding: "utf8",
  })
  return status === 0 ? stdout.trim() : undefined
}

const typed: { readonly [D in PeerArray["dtype"]]: (bytes: Uint8Array) => PeerArray["data"] } = {
  uint8: (bytes) => bytes,
  bool: (bytes) => bytes,
  uint16: (bytes) => new Uint16Array(bytes.buffer),
  uint32: (bytes) => new Uint32Array(bytes.buffer),
  int32: (bytes) => new Int32Array(bytes.buffer),
  int64: (bytes) => new BigInt64Array(bytes.buffer),
  float32: (bytes) => new Float32Array(bytes.buffer),
  float64: (bytes) => new Float64Array(bytes.buffer),
}

/** Starts the operations of a family (`intensity` for `intensity.py`). */
export const openPeer = (family: string): Peer => {
  const child = spawn(python, [fileURLToPath(new URL("serve.py", import.meta.url)), family], {
    stdio: ["pipe", "pipe", "inherit"],
    env: { ...process.env, OMP_NUM_THREADS: "1" },
  })
  const ended = new Promise<void>((resolve) => child.on("close", () => resolve()))
  const chunks = child.stdout.iterator({ destroyOnReturn: false })
  let held: Buffer = Buffer.alloc(0)
  const read = async (count: number): Promise<Uint8Array> => {
    const parts = [held]
    let length = held.length
    while (length < count) {
      const { done, value } = (await chunks.next()) as IteratorResult<Buffer, undefined>
      if (done === true || value === undefined) throw new Error(`the peer ended; ${length} of ${count} bytes came`)
      parts.push(value)
      length += value.length
    }
    const all = Buffer.concat(parts)
    held = all.subarray(count)
    return Uint8Array.from(all.subarray(0, count))
  }
  return {
    ask: async (operation, arrays, parameters = {}) => {
      const header = Buffer.from(
        JSON.stringify({ operation, parameters, arrays: arrays.map(({ dtype, shape }) => ({ dtype, shape })) }),
      )
      const size = Buffer.alloc(4)
      size.writeUInt32LE(header.length)
      child.stdin.write(Buffer.concat([size, header]))
      for (const { data } of arrays) child.stdin.write(Buffer.from(data.buffer, data.byteOffset, data.byteLength))
      const [length = 0] = new Uint32Array((await read(4)).buffer)
      const answer = JSON.parse(Buffer.from(await read(length)).toString("utf8")) as {
        readonly error?: string
        readonly value?: unknown
        readonly arrays: ReadonlyArray<{ readonly dtype: PeerArray["dtype"]; readonly shape: ReadonlyArray<number> }>
      }
      if (answer.error !== undefined) throw new Error(`the peer's ${operation}: ${answer.error}`)
      const results: Array<PeerArray> = []
      for (const { dtype, shape } of answer.arrays) {
        const itemBytes =
          dtype === "float64" || dtype === "int64"
            ? 8
            : dtype === "uint16"
              ? 2
              : dtype === "uint8" || dtype === "bool"
                ? 1
                : 4
        const bytes = await read(shape.reduce((product, side) => product * side, itemBytes))
        results.push({ dtype, shape, data: typed[dtype](bytes) })
      }
      return { value: answer.value, arrays: results }
    },
    end: async () => {
      child.stdin.end()
      await ended
    },
  }
}
