/**
 * The random numbers of one unit: derived from (run seed, unit id) alone, so that a unit draws the same numbers at any
 * concurrency and in any order. Seeding costs a SHA-256, so it waits for the first draw.
 *
 * The generator is sfc32 (Chris Doty-Humphrey, PractRand), seeded with 96 bits and warmed up by its author's 12 rounds.
 *
 * @layer logic
 * @module
 */
import type { Random } from "effect/Random"
import * as Canonical from "../Canonical.ts"

/** @category models */
type RandomService = (typeof Random)["Service"]

export class UnitRandom implements RandomService {
  private readonly seed: string
  private readonly id: string
  private seeded = false
  private a = 0
  private b = 0
  private c = 0
  private counter = 1

  constructor(seed: string, id: string) {
    this.seed = seed
    this.id = id
  }

  private next32(): number {
    if (!this.seeded) this.start()
    const t = (((this.a + this.b) | 0) + this.counter) | 0
    this.counter = (this.counter + 1) | 0
    this.a = this.b ^ (this.b >>> 9)
    this.b = (this.c + (this.c << 3)) | 0
    this.c = ((this.c << 21) | (this.c >>> 11)) + t
    this.c |= 0
    return t >>> 0
  }

  private start(): void {
    this.seeded = true
    // The length in front keeps ("a", "b\nc") and ("a\nb", "c") apart.
    const digest = Canonical.sha256Hex(`${this.seed.length}:${this.seed}\n${this.id}`)
    this.a = Number.parseInt(digest.slice(0, 8), 16) | 0
    this.b = Number.parseInt(digest.slice(8, 16), 16) | 0
    this.c = Number.parseInt(digest.slice(16, 24), 16) | 0
    for (let i = 0; i < 12; i++) this.next32()
  }

  /** From 0 (inclusive) to 1 (exclusive), with 53 random bits. */
  nextDoubleUnsafe(): number {
    const high = this.next32() >>> 5
    const low = this.next32() >>> 6
    return (high * 67_108_864 + low) / 9_007_199_254_740_992
  }

  /** Any safe integer. */
  nextIntUnsafe(): number {
    const span = Number.MAX_SAFE_INTEGER - Number.MIN_SAFE_INTEGER + 1
    return Math.floor(this.nextDoubleUnsafe() * span) + Number.MIN_SAFE_INTEGER
  }
}
