/**
 * A first-come-first-served list of waiters: enter at the end, leave from anywhere, both in constant time however many
 * wait. It grows with the fibers that wait and holds nothing of one that went away.
 *
 * @layer logic
 * @module
 */

/** One place in the list. @category models */
export interface Place<A> {
  readonly value: A
  next: Place<A> | undefined
  previous: Place<A> | undefined
  /** False once it left. */
  listed: boolean
}

/** @category models */
export interface WaitList<A> {
  readonly head: () => Place<A> | undefined
  readonly size: () => number
  /** Enters at the end. */
  readonly enter: (value: A) => Place<A>
  /** Leaves; nothing happens where it left already. */
  readonly leave: (place: Place<A>) => void
}

/** An empty list. @category constructors */
export const make = <A>(): WaitList<A> => {
  let head: Place<A> | undefined
  let tail: Place<A> | undefined
  let size = 0
  return {
    head: () => head,
    size: () => size,
    enter: (value) => {
      const place: Place<A> = { value, next: undefined, previous: tail, listed: true }
      if (tail === undefined) head = place
      else tail.next = place
      tail = place
      size++
      return place
    },
    leave: (place) => {
      if (!place.listed) return
      if (place.previous === undefined) head = place.next
      else place.previous.next = place.next
      if (place.next === undefined) tail = place.previous
      else place.next.previous = place.previous
      place.next = undefined
      place.previous = undefined
      place.listed = false
      size--
    },
  }
}
