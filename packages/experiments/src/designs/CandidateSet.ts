/**
 * The settings that an optimal design may choose from: a grid of settings per factor, and which of their combinations the
 * constraints allow.
 *
 * @layer logic
 * @module
 */
import type { MersenneTwister } from "../MersenneTwister.ts"

/** Combinations that are listed one by one; beyond them only drawn ones are asked. */
export const listedMax = 50_000
/** Draws that look for one allowed combination. */
const drawsMax = 10_000
/** Answers of the constraints that are kept. */
const answersMax = 200_000

/** A combination as the index of the setting of each factor. @category models */
export type Choice = ReadonlyArray<number>

/** Combinations of settings and which of them are allowed. @category models */
export interface CandidateSet {
  /** Settings per factor. */
  readonly sizes: ReadonlyArray<number>
  readonly constrained: boolean
  readonly allows: (choice: Choice) => boolean
  /** All allowed combinations, where there are few enough to list; `undefined` otherwise. */
  readonly listed: ReadonlyArray<Choice> | undefined
  /** A random allowed combination, or `undefined` where none was found. */
  readonly draw: (random: MersenneTwister) => Choice | undefined
}

/** The combination with this number, the last factor fastest. */
const choiceAt = (sizes: ReadonlyArray<number>, number: number): Choice => {
  const choice: Array<number> = []
  let rest = number
  for (const size of sizes.toReversed()) {
    choice.unshift(rest % size)
    rest = Math.floor(rest / size)
  }
  return choice
}

/** A set over so many settings per factor; `allows` is absent where everything is allowed. */
export const make = (sizes: ReadonlyArray<number>, allows: ((choice: Choice) => boolean) | undefined): CandidateSet => {
  const count = sizes.reduce((product, size) => product * size, 1)
  const numberOf = (choice: Choice): number =>
    choice.reduce((number, index, place) => number * (sizes[place] ?? 1) + index, 0)
  const answers = new Map<number, boolean>()
  const asked = (choice: Choice): boolean => {
    if (allows === undefined) return true
    const number = numberOf(choice)
    const known = Number.isSafeInteger(number) ? answers.get(number) : undefined
    if (known !== undefined) return known
    const answer = allows(choice)
    if (Number.isSafeInteger(number) && answers.size < answersMax) answers.set(number, answer)
    return answer
  }
  const listed =
    count > listedMax ? undefined : Array.from({ length: count }, (_, number) => choiceAt(sizes, number)).filter(asked)
  const draw = (random: MersenneTwister): Choice | undefined => {
    if (listed !== undefined) return listed.length === 0 ? undefined : listed[random.below(listed.length)]
    for (let attempt = 0; attempt < drawsMax; attempt++) {
      const choice = sizes.map((size) => random.below(size))
      if (asked(choice)) return choice
    }
    return undefined
  }
  return { sizes, constrained: allows !== undefined, allows: asked, listed, draw }
}
