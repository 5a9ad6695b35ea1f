/**
 * Which units run now and since when. Two calls per unit at hundreds of thousands of units a second: with few units at a
 * time they are found by looking through all of them, which allocates nothing; a `Map` is kept only for many.
 *
 * @layer logic
 * @module
 */

/** Up to so many units at a time no `Map` is kept. */
const scanMax = 32

export class RunningUnits {
  readonly #max: number
  readonly #ids: Array<string> = []
  readonly #startedMs: Array<number> = []
  /** Order of beginning: places change when units end. */
  readonly #order: Array<number> = []
  #begun = 0
  #places: Map<string, number> | undefined

  /** Further units than `max` at a time are not remembered. */
  constructor(max: number) {
    this.#max = max
  }

  get size(): number {
    return this.#ids.length
  }

  /** Remembers a unit; one that is known already keeps its time. */
  begin(id: string, startedMs: number): void {
    const place = this.#ids.length
    if (place >= this.#max || this.#placeOf(id) >= 0) return
    this.#ids.push(id)
    this.#startedMs.push(startedMs)
    this.#order.push(this.#begun++)
    if (this.#places !== undefined) this.#places.set(id, place)
    else if (place >= scanMax) this.#places = new Map(this.#ids.map((known, i) => [known, i]))
  }

  end(id: string): void {
    const place = this.#placeOf(id)
    if (place < 0) return
    const lastId = this.#ids.pop()
    const lastMs = this.#startedMs.pop()
    const lastOrder = this.#order.pop()
    this.#places?.delete(id)
    if (lastId === undefined || lastMs === undefined || lastOrder === undefined || place === this.#ids.length) return
    this.#ids[place] = lastId
    this.#startedMs[place] = lastMs
    this.#order[place] = lastOrder
    this.#places?.set(lastId, place)
  }

  clear(): void {
    this.#ids.length = 0
    this.#startedMs.length = 0
    this.#order.length = 0
    this.#places = undefined
  }

  /** The units that began first, at most so many. */
  oldest(count: number): ReadonlyArray<{ readonly id: string; readonly startedMs: number }> {
    return this.#order
      .map((order, place) => ({ order, id: this.#ids[place] ?? "", startedMs: this.#startedMs[place] ?? 0 }))
      .sort((a, b) => a.order - b.order)
      .slice(0, count)
      .map(({ id, startedMs }) => ({ id, startedMs }))
  }

  #placeOf(id: string): number {
    return this.#places === undefined ? this.#ids.indexOf(id) : (this.#places.get(id) ?? -1)
  }
}
