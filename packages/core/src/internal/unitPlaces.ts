/**
 * The units under way, each in a place that is used again after it, and the table of their times by place.
 *
 * @layer logic
 * @module
 */
import { timesPerUnit, type UnitRun } from "./unitRun.ts"

export class UnitPlaces {
  private readonly places: Array<UnitRun | undefined> = []
  private readonly free: Array<number> = []
  /** {@link timesPerUnit} numbers for each place. Replaced by a larger one when it is full. */
  times = new Float64Array(64 * timesPerUnit)

  /** Gives a unit a place until {@link leave}. */
  enter(make: (place: number) => UnitRun): UnitRun {
    const place = this.free.pop() ?? this.places.length
    if ((place + 1) * timesPerUnit > this.times.length) {
      const larger = new Float64Array(this.times.length * 2)
      larger.set(this.times)
      this.times = larger
    }
    const run = make(place)
    this.places[place] = run
    return run
  }

  /** Marks a unit as settled; from here on its place belongs to another. */
  leave(run: UnitRun): void {
    if (run.settled) return
    run.settled = true
    this.places[run.place] = undefined
    this.free.push(run.place)
  }

  /** A copy, so that units may leave while it is gone through. */
  all(): ReadonlyArray<UnitRun> {
    return this.places.filter((run) => run !== undefined)
  }
}
