/**
 * Passwords that guessers try first. The list is data: common-passwords.txt says where it comes from.
 */
import { readFileSync } from 'node:fs'

let common: ReadonlySet<string> | undefined

/**
 * Whether a password is on the list, bare or with digits and marks around it, or is a short piece repeated, of which no
 * list could hold all.
 */
export function isCommonPassword(password: string): boolean {
  // NFKC here, unlike before hashing: full-width letters do not make a listed password harder to guess.
  const folded = password.normalize('NFKC').toLowerCase()
  common ??= load()
  // `password` brought to the length that was asked for: `Password123456!`.
  const bare = folded.replace(/^\P{L}+|\P{L}+$/gu, '')
  return common.has(folded) || common.has(bare) || isRepeated(folded, common)
}

function load(): ReadonlySet<string> {
  const file = readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8')
  return new Set(file.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
}

/** Pieces up to this length are guessed however often they are repeated. */
const SHORT_PIECE = 6

/**
 * `passwordpassword` is as common as its half; `abcabcabcabcabc` adds nothing to `abc` but patience. The last piece may
 * be cut short, as it is by somebody who counts up to the length that was asked for: `1234567890123456`.
 */
function isRepeated(password: string, words: ReadonlySet<string>): boolean {
  let size = 1
  while (!password.startsWith(password.slice(size))) size++
  const repeats = size * 2 <= password.length
  return (repeats && size <= SHORT_PIECE) || words.has(password.slice(0, size))
}
