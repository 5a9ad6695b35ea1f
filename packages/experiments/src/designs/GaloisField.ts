/**
 * Finite fields of small order: the arithmetic behind orthogonal Latin squares and projective planes. Elements are
 * numbers from 0 to q - 1 whose digits in base p are the coefficients of a polynomial.
 *
 * @layer logic
 * @module
 */

/** The largest order for which a field is made: its tables have q * q entries. */
export const orderMax = 256

/** A field with its tables. @category models */
export interface GaloisField {
  readonly order: number
  readonly add: (a: number, b: number) => number
  readonly multiply: (a: number, b: number) => number
}

/** The prime and the exponent of a prime power, or `undefined` where the number is none. */
export const primePower = (number: number): { readonly prime: number; readonly exponent: number } | undefined => {
  if (!Number.isSafeInteger(number) || number < 2) return undefined
  let prime = 2
  while (prime * prime <= number && number % prime !== 0) prime++
  if (number % prime !== 0) prime = number
  let rest = number
  let exponent = 0
  while (rest % prime === 0) {
    rest /= prime
    exponent++
  }
  return rest === 1 ? { prime, exponent } : undefined
}

/** The prime-power factors of a number, smallest prime first: 12 gives 4 and 3. */
export const primePowerFactors = (number: number): ReadonlyArray<number> => {
  const factors: Array<number> = []
  let rest = number
  for (let prime = 2; prime * prime <= rest; prime++) {
    let factor = 1
    while (rest % prime === 0) {
      rest /= prime
      factor *= prime
    }
    if (factor > 1) factors.push(factor)
  }
  if (rest > 1) factors.push(rest)
  return factors
}

const digitsOf = (number: number, prime: number, count: number): ReadonlyArray<number> => {
  const digits: Array<number> = []
  let rest = number
  for (let index = 0; index < count; index++) {
    digits.push(rest % prime)
    rest = Math.floor(rest / prime)
  }
  return digits
}

const numberOf = (digits: ReadonlyArray<number>, prime: number): number =>
  digits.reduceRight((number, digit) => number * prime + digit, 0)

/** The product of two polynomials modulo a monic one whose lower coefficients are `modulus`. */
const multiplyModulo = (
  left: ReadonlyArray<number>,
  right: ReadonlyArray<number>,
  modulus: ReadonlyArray<number>,
  prime: number,
): ReadonlyArray<number> => {
  const degree = modulus.length
  const product = Array.from({ length: 2 * degree - 1 }, () => 0)
  for (const [i, a] of left.entries()) {
    for (const [j, b] of right.entries()) product[i + j] = ((product[i + j] ?? 0) + a * b) % prime
  }
  for (let place = product.length - 1; place >= degree; place--) {
    const lead = product[place] ?? 0
    for (const [j, coefficient] of modulus.entries()) {
      const low = place - degree + j
      product[low] = ((product[low] ?? 0) + (prime - coefficient) * lead) % prime
    }
  }
  return product.slice(0, degree)
}

/** Whether x generates all non-zero elements modulo this polynomial; such a polynomial is irreducible. */
const isPrimitive = (modulus: ReadonlyArray<number>, prime: number): boolean => {
  const degree = modulus.length
  const one = Array.from({ length: degree }, (_, index) => (index === 0 ? 1 : 0))
  const x = degree === 1 ? [(prime - (modulus[0] ?? 0)) % prime] : one.map((_, index) => (index === 1 ? 1 : 0))
  let power: ReadonlyArray<number> = one
  const order = prime ** degree - 1
  for (let exponent = 1; exponent <= order; exponent++) {
    power = multiplyModulo(power, x, modulus, prime)
    if (numberOf(power, prime) === 1) return exponent === order
  }
  return false
}

/** The field of this order, or `undefined` where the order is no prime power or above {@link orderMax}. */
export const make = (order: number): GaloisField | undefined => {
  const power = primePower(order)
  if (power === undefined || order > orderMax) return undefined
  const { prime, exponent } = power
  if (exponent === 1) {
    return { order, add: (a, b) => (a + b) % order, multiply: (a, b) => (a * b) % order }
  }
  let modulus: ReadonlyArray<number> | undefined
  for (let code = 1; code < order && modulus === undefined; code++) {
    const candidate = digitsOf(code, prime, exponent)
    if (isPrimitive(candidate, prime)) modulus = candidate
  }
  if (modulus === undefined) return undefined
  const elements = Array.from({ length: order }, (_, element) => digitsOf(element, prime, exponent))
  const sums: Array<number> = []
  const products: Array<number> = []
  for (const a of elements) {
    for (const b of elements) {
      sums.push(
        numberOf(
          a.map((digit, index) => (digit + (b[index] ?? 0)) % prime),
          prime,
        ),
      )
      products.push(numberOf(multiplyModulo(a, b, modulus, prime), prime))
    }
  }
  return { order, add: (a, b) => sums[a * order + b] ?? 0, multiply: (a, b) => products[a * order + b] ?? 0 }
}
