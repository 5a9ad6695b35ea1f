import * as Effect from "effect/Effect"
import pMap from "p-map"
import * as LedgerMemory from "@heddle/core/LedgerMemory"
import * as Plan from "@heddle/core/Plan"
import * as Runner from "@heddle/core/Runner"
const n = 100_000
const plan = Plan.make({ kind: "b", units: Array.from({ length: n }, (_, i) => ({ id: `u${i}`, input: i })) })
const items = plan.units
const ours: number[] = [],
  peer: number[] = []
for (let r = 0; r < 9; r++) {
  let t = process.hrtime.bigint()
  await Effect.runPromise(
    Runner.run(plan, (u) => Effect.promise(async () => u.input), { concurrency: 8 }).pipe(
      Effect.provide(LedgerMemory.layer()),
    ),
  )
  ours.push(Number(process.hrtime.bigint() - t) / n / 1000)
  t = process.hrtime.bigint()
  await pMap(items, async (u) => u.input, { concurrency: 8 })
  peer.push(Number(process.hrtime.bigint() - t) / n / 1000)
}
const med = (a: number[]) => a.toSorted((x, y) => x - y)[a.length >> 1]!.toFixed(2)
const min = (a: number[]) => Math.min(...a).toFixed(2)
console.log(
  `ours median ${med(ours)} min ${min(ours)} us; p-map median ${med(peer)} min ${min(peer)} us; ratio of minima ${(Number(min(ours)) / Number(min(peer))).toFixed(2)}`,
)
