/**
 * One kernel at its bench: our compiled kernel and the same work in scikit-image and OpenCV, on the same pixels.
 *
 * @layer contract
 * @module
 */
import type { WasmBackend } from "@heddle/imaging/Wasm"

/** An input as the peers get it. */
export interface PeerInput {
  readonly dtype: "uint8" | "uint16" | "uint32" | "int32" | "float32" | "float64"
  readonly shape: ReadonlyArray<number>
  readonly data: ArrayBufferView
}

/** A kernel with its inputs on the shared memory and places for its results: `run` is what is timed. */
export interface Prepared {
  readonly inputs: ReadonlyArray<PeerInput>
  /** Does the work once, and gives a few numbers of the result (sums, counts) that a peer must give too. */
  readonly run: () => () => ReadonlyArray<number>
  /** Bytes of inputs and result, each read or written once: what the memory's own limit is computed from. */
  readonly bytes: number
}

/** What another library does for it. */
export interface KernelPeer {
  readonly program: "scikit-image" | "opencv"
  /** Its name in `peers/imaging_<family>.py`. */
  readonly operation: string
  readonly parameters?: Readonly<Record<string, unknown>>
  /** The ratio that must be reached; absent where it is only reported. */
  readonly floor?: number
  /** How far the peer's numbers may be from ours, relative; 0 unless given. Infinity where it computes something else. */
  readonly within?: number
  /** It takes many seconds: run once. */
  readonly slow?: boolean
}

/** One row of the bench. */
export interface ImagingCase {
  /** Signature's name, then what is special: `white_top_hat disk 50`. */
  readonly kernel: string
  readonly family: "intensity" | "morphology" | "filters" | "objects" | "skeleton" | "registration"
  /** Makes inputs of so many rows; 2048 wide where the case is of a picture. The bench asks for fewer rows when it cuts one picture into bands. */
  readonly prepare: (backend: WasmBackend, rows: number) => Prepared
  /** Rows of the whole case. */
  readonly rows: number
  /** The halo in pixels where the signature has one: the case is also run as two bands of one picture. */
  readonly haloPx?: number
  readonly peers: ReadonlyArray<KernelPeer>
}
