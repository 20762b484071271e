/**
 * Checks whether a secret looks random.
 *
 * Threat: an operator types a secret. It is long enough, but an attacker's program guesses it.
 * Guarantee: a secret with few different characters, or with repeated text, is recognized.
 * Limits: a sentence passes. Only a random generator gives a secret that cannot be guessed.
 */

const MIN_DIFFERENT_CHARACTERS = 10
const SLICE_LENGTH = 3

/** In 43 random base64url characters, fewer than one in a thousand slices occurs twice. */
const MIN_SHARE_OF_DIFFERENT_SLICES = 0.75

/** Returns whether the secret has enough different characters and little repetition. */
export function looksRandom(secret: string): boolean {
  if (new Set(secret).size < MIN_DIFFERENT_CHARACTERS) return false
  const count = secret.length - SLICE_LENGTH + 1
  const slices = Array.from({ length: count }, (_, at) => secret.slice(at, at + SLICE_LENGTH))
  return new Set(slices).size >= MIN_SHARE_OF_DIFFERENT_SLICES * count
}
