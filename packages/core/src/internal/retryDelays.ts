/**
 * The delays between the tries of one unit.
 *
 * @layer logic
 * @module
 */
import * as Cause from "effect/Cause"
import type { Clock } from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import * as Schedule from "effect/Schedule"
import type { Failure } from "../Failure.ts"
import { UnitRandom } from "./unitRandom.ts"

/** First delay of the default schedule. */
export const delayFirstMs = 1_000
/** Longest delay of the default schedule. */
export const delayMaxMs = 30_000

const byDefault: Schedule.Schedule<unknown, Failure> = Schedule.min([
  Schedule.exponential(Duration.millis(delayFirstMs)),
  Schedule.spaced(Duration.millis(delayMaxMs)),
]).pipe(Schedule.jittered)

/**
 * One function per unit: schedules have state. Gives `undefined` where the schedule has ended, and fails with what a
 * broken schedule threw.
 */
export const retryDelays = (
  schedule: Schedule.Schedule<unknown, Failure> | undefined,
  clock: Clock,
  seed: string,
  id: string,
): ((failure: Failure) => Effect.Effect<number | undefined, unknown>) => {
  // Jitter has its own numbers, so that a unit draws the same ones whether or not it was tried before.
  const random = new UnitRandom(seed, `${id}\nretry`)
  let step:
    | ((now: number, failure: Failure) => Effect.Effect<[unknown, Duration.Duration], Cause.Done<unknown>>)
    | undefined
  return (failure) =>
    Effect.gen(function* () {
      step ??= yield* Schedule.toStep(schedule ?? byDefault)
      const [, delay] = yield* step(clock.currentTimeMillisUnsafe(), failure)
      return Duration.toMillis(delay)
    }).pipe(
      Effect.catchCauseIf(
        (cause) => cause.reasons.some((reason) => Cause.isFailReason(reason) && Cause.isDone(reason.error)),
        () => Effect.undefined,
      ),
      Effect.provideService(Random.Random, random),
    )
}
