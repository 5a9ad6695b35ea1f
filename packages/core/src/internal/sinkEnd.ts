/**
 * The end of a sink: what it says it wrote, or why it could not finish. It may take its time, but not once the run was
 * told to end now.
 *
 * @layer logic
 * @module
 */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type * as Fiber from "effect/Fiber"
import type { Artifact } from "../Durable.ts"
import type { ValueSink } from "../RunnerOptions.ts"

export class SinkEnd {
  private readonly runFork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
  private readonly boundMs: number
  private readonly after: (delayMs: number, action: () => void) => void
  private fiber: Fiber.Fiber<void> | undefined
  private hurried = false
  private waiting = false
  private give: ((exit: Exit.Exit<ReadonlyArray<Artifact>, unknown>) => void) | undefined

  constructor(options: {
    readonly runFork: (effect: Effect.Effect<void>) => Fiber.Fiber<void>
    /** How long it may take once it was hurried. */
    readonly boundMs: number
    readonly after: (delayMs: number, action: () => void) => void
  }) {
    this.runFork = options.runFork
    this.boundMs = options.boundMs
    this.after = options.after
  }

  /** Finishes the sink and gives the result once. */
  finish(sink: ValueSink<unknown>, give: (exit: Exit.Exit<ReadonlyArray<Artifact>, unknown>) => void): void {
    this.give = give
    const finished = Effect.exit(Effect.suspend(() => sink.finish))
    this.fiber = this.runFork(Effect.flatMap(finished, (exit) => Effect.sync(() => this.done(exit))))
    this.fiber.addObserver((exit) => {
      if (Exit.isFailure(exit)) this.done(Exit.failCause(exit.cause))
    })
    if (this.hurried) this.bound()
  }

  /** From now on it has a bound. */
  hurry(): void {
    this.hurried = true
    this.bound()
  }

  private bound(): void {
    if (this.waiting || this.give === undefined) return
    this.waiting = true
    this.after(this.boundMs, () => {
      const { fiber } = this
      this.done(Exit.fail({ message: `the sink did not finish within ${this.boundMs} ms and was abandoned` }))
      fiber?.interruptUnsafe()
    })
  }

  private done(exit: Exit.Exit<ReadonlyArray<Artifact>, unknown>): void {
    const { give } = this
    this.give = undefined
    this.fiber = undefined
    give?.(exit)
  }
}
