/**
 * Every image kernel against scikit-image and OpenCV on the same pixels, per core: the least time of alternating
 * rounds, with the factor over what the memory alone would take; and how far two threads on one memory get.
 *
 * @layer app
 * @module
 */
import { load } from "@heddle/imaging/Wasm"
import { childProcess } from "../Contestant.ts"
import { imagingCases } from "../imaging/cases.ts"
import type { ImagingCase, KernelPeer, Prepared } from "../imaging/ImagingCase.ts"
import { copyMs } from "../imaging/memorySpeed.ts"
import { inputFolder } from "../imaging/inputFolder.ts"
import { aloneAndTogether, copiedAloneAndTogether } from "../imaging/threads.ts"
import type { Case, Contestant, Probe, Suite } from "../Suite.ts"

/** Debian's own, which has `python3-skimage` and `python3-opencv`. */
const python = process.env["HEDDLE_PEER_PYTHON"] ?? "/usr/bin/python3"
/**
 * A turn calls as often as fits in so long, at least once, and gives the least: the first call after the other program's
 * turn finds its pixels gone from the caches. `peers/imaging.py` does the same.
 */
const turnMs = 30
/** So long a peer's turns may take together: some take minutes. */
const peerBudgetMs = 4_000
/** Kernels that take less are at the mercy of the clock and of starting threads. */
const scaledFromMs = 2

const modules: Readonly<Record<KernelPeer["program"], string>> = { "scikit-image": "skimage", opencv: "cv2" }

/** Beside `peers/imaging.py`: what each family's operations are in the other libraries. */
const scripts: Readonly<Record<ImagingCase["family"], string>> = {
  intensity: "imaging_intensity.py",
  morphology: "imaging_morphology.py",
  filters: "imaging_filters.py",
  objects: "imaging_objects.py",
  skeleton: "imaging_skeleton.py",
  registration: "imaging_registration.py",
}

/** The pixels of the case at hand, on a memory of its own that goes with it. */
let held: { readonly of: ImagingCase; readonly prepared: Prepared } | undefined
const preparedOf = async (one: ImagingCase): Promise<Prepared> => {
  if (held?.of !== one) held = { of: one, prepared: one.prepare(await load(), one.rows) }
  return held.prepared
}

const ours = (one: ImagingCase): Contestant => ({
  name: "heddle",
  command: "heddle (in process)",
  open: async () => {
    const { run } = await preparedOf(one)
    return {
      version: "workspace",
      run: async () => {
        const begun = performance.now()
        let elapsedMs = Infinity
        for (;;) {
          const start = performance.now()
          const checksum = run()
          const end = performance.now()
          elapsedMs = Math.min(elapsedMs, end - start)
          if (end - begun >= turnMs) return { elapsedMs, result: checksum() }
        }
      },
      close: async () => {},
    }
  },
})

/** The peer reads its pixels from files that are written when it is opened. */
const theirs = (one: ImagingCase, peer: KernelPeer): Contestant => ({
  name: peer.program,
  command: `python3 tooling/bench/peers/imaging.py ${scripts[one.family]} ${peer.operation}`,
  open: async () => {
    const { inputs } = await preparedOf(one)
    const folder = inputFolder(inputs, peer.parameters ?? {})
    const session = await childProcess({
      name: peer.program,
      command: [
        python,
        new URL("../../peers/imaging.py", import.meta.url).pathname,
        scripts[one.family],
        peer.operation,
        folder.path,
      ],
      versionCommand: [python, "-c", `import ${modules[peer.program]} as m; print(m.__version__)`],
    }).open()
    if ("missing" in session) {
      folder.remove()
      return session
    }
    return {
      ...session,
      close: async () => {
        await session.close()
        folder.remove()
      },
    }
  },
})

const numbersOf = (value: unknown): ReadonlyArray<number> =>
  Array.isArray(value) ? value.filter((one): one is number => typeof one === "number") : []

const compare = (peer: KernelPeer) => (left: unknown, right: unknown) => {
  const within = peer.within ?? 0
  const [mine, other] = [numbersOf(left), numbersOf(right)]
  if (within === Infinity) return undefined
  const agrees =
    mine.length === other.length &&
    mine.every((value, index) => Math.abs(value - (other[index] ?? Number.NaN)) <= within * Math.abs(value))
  return agrees ? undefined : `${mine.join(", ")} and ${other.join(", ")}`
}

const cases = imagingCases.flatMap((one): ReadonlyArray<Case> =>
  one.peers.map((peer) => ({
    name: one.kernel,
    ours: ours(one),
    peers: [theirs(one, peer)],
    rounds: peer.slow === true ? 3 : 9,
    once: peer.slow === true,
    peerBudgetMs,
    figure: "minimum",
    compare: compare(peer),
    ...(peer.floor === undefined ? {} : { floor: peer.floor }),
    detail: (oursMs) => {
      const bytes = held?.of === one ? held.prepared.bytes : Number.NaN
      const factor = oursMs / copyMs(bytes)
      return `${factor >= 100 ? factor.toFixed(0) : factor.toPrecision(2)} x the memory's limit`
    },
  })),
)

/** Two threads do at least 1.8 times as much as one. */
const scaled = 2 / 1.8

/** Two threads on one memory, each on its own pixels, against one: how much longer both take. */
const scaling = imagingCases.map((one): Probe => ({
  name: `${one.kernel}: time of two threads at once, each on its own pixels, over one alone`,
  unit: "x",
  limit: scaled,
  rounds: 1,
  measure: async () => {
    const times = await aloneAndTogether(one, one.rows, [one.rows, one.rows], scaledFromMs)
    return times && times.togetherMs / times.aloneMs
  },
}))

/** One picture cut into two bands with their halo, on two threads, against the whole on one. */
const bands = imagingCases.flatMap((one): ReadonlyArray<Probe> => {
  const { haloPx } = one
  if (haloPx === undefined) return []
  // The rows of the halo are worked on twice.
  const limit = (1 / 1.8) * (1 + (2 * haloPx) / one.rows)
  return [
    {
      name: `${one.kernel}: time of one picture in two bands on two threads, over the whole on one`,
      unit: "x",
      limit,
      rounds: 1,
      measure: async () => {
        const rows = one.rows / 2 + haloPx
        const times = await aloneAndTogether(one, one.rows, [rows, rows], scaledFromMs)
        return times && times.togetherMs / times.aloneMs
      },
    },
  ]
})

/** What the machine itself gives at sizes that kernels have: above these no kernel can be that waits for memory. */
const copies = [8, 16, 40].map((megabytes): Probe => ({
  name: `copying ${megabytes} MB to another ${megabytes}: time of two threads at once, over one alone`,
  unit: "x",
  rounds: 1,
  measure: async () => {
    const times = await copiedAloneAndTogether(megabytes * 1e6)
    return times && times.togetherMs / times.aloneMs
  },
}))

/** All kernels of `@heddle/imaging`. */
export const suite: Suite = { name: "imaging", cases, probes: [...copies, ...scaling, ...bands] }
