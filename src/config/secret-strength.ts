/**
 * Whether a secret looks as if it came from a generator.
 *
 * Threat: a secret that a person typed. It is long enough, and a program finds it by trying patterns.
 * Guarantee: few different characters, and text that repeats itself, are recognized.
 * Limits: a sentence passes. Only a generator gives a secret that cannot be guessed.
 */

const MIN_DIFFERENT_CHARACTERS = 10
const SLICE_LENGTH = 3

/** In 43 random base64url characters, less than one slice of three in a thousand occurs twice. */
const MIN_SHARE_OF_DIFFERENT_SLICES = 0.75

export function looksRandom(secret: string): boolean {
  if (new Set(secret).size < MIN_DIFFERENT_CHARACTERS) return false
  const count = secret.length - SLICE_LENGTH + 1
  const slices = Array.from({ length: count }, (_, at) => secret.slice(at, at + SLICE_LENGTH))
  return new Set(slices).size >= MIN_SHARE_OF_DIFFERENT_SLICES * count
}
