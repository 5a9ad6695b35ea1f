import * as Result from "effect/Result"
import { describe, expect, it } from "vitest"
import * as MersenneTwister from "../src/MersenneTwister.ts"
import * as StoppingRule from "../src/StoppingRule.ts"
import * as StudyFile from "../src/StudyFile.ts"
import type { StudyControls } from "../src/StudyControls.ts"

const study = (stopping: NonNullable<StudyControls["stopping"]>) =>
  Result.getOrThrow(
    StudyFile.make({
      studyId: "s",
      title: "S",
      factors: [
        {
          name: "arm",
          levels: [
            { name: "new", value: "new" },
            { name: "old", value: "old", metadata: new Map([["is_baseline", true]]) },
          ],
        },
      ],
      outcomes: [{ name: "score", sourceTable: "runs", column: "primary_outcome", aggregation: "mean", primary: true }],
      heddle: { stopping },
    }),
  )

const rule = (stopping: NonNullable<StudyControls["stopping"]>, replicates: number) => {
  const made = Result.getOrThrow(StoppingRule.make(study(stopping), replicates))
  if (made === undefined) throw new Error("no rule")
  return made
}

describe("a stopping rule", () => {
  it("looks at whole replicates, and compares with the baseline", () => {
    const made = rule({ rule: "group_sequential", looks: 4 }, 10)
    expect(made.looksAfter).toEqual([3, 5, 8, 10])
    expect([made.left, made.right, made.factor, made.outcome]).toEqual(["old", "new", "arm", "score"])
  })

  it("stops at the boundary of its look with the corrected p-value, and not below it", () => {
    const made = rule({ rule: "group_sequential", looks: 2 }, 20)
    const left = Array.from({ length: 10 }, (_, index) => index % 5)
    const far = made.look({ replicates: 10, left, right: left.map((value) => value + 8) }, [])
    expect(far.stop).toBe(true)
    expect(far.estimate).toBe(8)
    expect(far.p).toBeLessThan(0.0031)
    expect(far.boundary).toBeCloseTo(2.963, 3)
    const near = made.look({ replicates: 10, left, right: left.map((value) => value + 0.1) }, [])
    expect([near.stop, near.p]).toEqual([false, null])
    const last = made.look({ replicates: 20, left, right: left.map((value) => value + 0.1) }, [near])
    expect([last.stop, last.look]).toEqual([false, 2])
    expect(last.p).toBeGreaterThan(0.5)
  })

  it("an always-valid rule looks after every replicate and keeps its smallest p-value", () => {
    const made = rule({ rule: "always_valid" }, 30)
    expect(made.looksAfter.length).toBe(30)
    const left = [1, 2, 3, 4, 5, 6]
    const first = made.look({ replicates: 6, left, right: left.map((value) => value + 9) }, [])
    expect(first.stop).toBe(true)
    const second = made.look({ replicates: 7, left: [...left, 3], right: [...left, 3] }, [first])
    expect(second.p).toBe(first.p)
  })

  it("a look at ten values after every replicate is not too sure of itself, whatever the groups' spread", () => {
    // Ville: a ratio of 1 / alpha or more is seen in at most a share alpha of studies without an effect. Three standard
    // errors of a share of 4000 studies are allowed on top.
    const random = MersenneTwister.make(31)
    const normal = () => Math.sqrt(-2 * Math.log(1 - random.random())) * Math.cos(2 * Math.PI * random.random())
    const studies = 4000
    const most = (share: number) => share + 3 * Math.sqrt((share * (1 - share)) / studies)
    const made = rule({ rule: "always_valid" }, 40)
    for (const [perLeft, sdLeft] of [
      [1, 1],
      [1, 3],
      [3, 0.3],
    ] as const) {
      let beyond20 = 0
      let beyond500 = 0
      let missed = 0
      for (let study = 0; study < studies; study++) {
        const left: Array<number> = []
        const right: Array<number> = []
        let largest = 0
        let isMissed = false
        for (let replicates = 1; replicates <= 40; replicates++) {
          for (let run = 0; run < perLeft; run++) left.push(sdLeft * normal())
          right.push(normal())
          const { lower, statistic, upper } = made.look({ replicates, left, right }, [])
          largest = Math.max(largest, statistic ?? 0)
          isMissed ||= lower !== null && upper !== null && (lower > 0 || upper < 0)
        }
        if (largest >= 20) beyond20++
        if (largest >= 500) beyond500++
        if (isMissed) missed++
      }
      expect(beyond20 / studies).toBeLessThanOrEqual(most(0.05))
      expect(beyond500 / studies).toBeLessThanOrEqual(most(0.002))
      // The interval misses no difference exactly where the ratio reaches its boundary.
      expect(missed).toBe(beyond20)
    }
  })

  it("groups that are too small or do not vary give no statistic and no stop", () => {
    const made = rule({ rule: "always_valid" }, 30)
    const seen = made.look({ replicates: 1, left: [1], right: [2] }, [])
    expect([seen.stop, seen.statistic, seen.p]).toEqual([false, null, null])
    const same = made.look({ replicates: 6, left: [1, 1, 1, 1, 1], right: [2, 2, 2, 2, 2] }, [])
    expect([same.stop, same.statistic]).toEqual([false, null])
  })

  it("runs of subjects are refused, whether the design or a block of the study makes them", () => {
    const withSubjects = Result.getOrThrow(
      StudyFile.make({
        studyId: "s",
        title: "S",
        factors: [StudyFile.factor("arm", ["old", "new"])],
        blocks: [{ name: "subject", levels: ["p1", "p2", "p3"] }],
        designSpec: { kind: "randomized_block" },
        outcomes: [
          { name: "score", sourceTable: "runs", column: "primary_outcome", aggregation: "mean", primary: true },
        ],
        heddle: { stopping: { rule: "always_valid" } },
      }),
    )
    const made = StoppingRule.make(withSubjects, 4)
    expect(Result.isFailure(made) && made.failure.message).toContain("those of one subject are not")
  })

  it("a factor and an outcome that the study does not have are refused with their place", () => {
    const refused = (stopping: NonNullable<StudyControls["stopping"]>) => {
      const made = StoppingRule.make(study(stopping), 10)
      return made._tag === "Failure" ? made.failure.option : "made"
    }
    expect(refused({ rule: "always_valid", factor: "dose" })).toBe("heddle.stopping.factor")
    expect(refused({ rule: "always_valid", outcome: "nothing" })).toBe("heddle.stopping.outcome")
  })
})
