/**
 * Passwords that attackers try first. common-passwords.txt has the list and says where it comes
 * from.
 */
import { readFileSync } from 'node:fs'

let common: ReadonlySet<string> | undefined

/**
 * Whether a password is on the list, also with digits and marks around it. A short piece that is
 * repeated is common, too: no list can hold all of them.
 */
export function isCommonPassword(password: string): boolean {
  // NFKC here, unlike before hashing: full-width letters make a listed password no harder to guess.
  const folded = password.normalize('NFKC').toLowerCase()
  common ??= load()
  // A listed password that was padded to the minimum length: `Password123456!`.
  const bare = folded.replace(/^\P{L}+|\P{L}+$/gu, '')
  return common.has(folded) || common.has(bare) || isRepeated(folded, common)
}

function load(): ReadonlySet<string> {
  const file = readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8')
  return new Set(file.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
}

/** Attackers try pieces up to this length, however often they are repeated. */
const MAX_PIECE_CHARACTERS = 6

/**
 * `passwordpassword` is as easy to guess as its half, and so is `abcabcabcabcabc`. The last piece
 * may be incomplete, as in `1234567890123456`.
 */
function isRepeated(password: string, words: ReadonlySet<string>): boolean {
  let size = 1
  while (!password.startsWith(password.slice(size))) size++
  const repeats = size * 2 <= password.length
  return (repeats && size <= MAX_PIECE_CHARACTERS) || words.has(password.slice(0, size))
}
