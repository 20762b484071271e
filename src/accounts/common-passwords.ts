/**
 * Passwords that guessers try first. The list is data: common-passwords.txt says where it comes from.
 */
import { readFileSync } from 'node:fs'

let common: ReadonlySet<string> | undefined

/** Whether a password is on the list, or is a short piece repeated, of which no list could hold all. */
export function isCommonPassword(password: string): boolean {
  const folded = password.normalize('NFC').toLowerCase()
  common ??= load()
  return common.has(folded) || isRepeated(folded, common)
}

function load(): ReadonlySet<string> {
  const file = readFileSync(new URL('./common-passwords.txt', import.meta.url), 'utf8')
  return new Set(file.split('\n').filter((line) => line !== '' && !line.startsWith('#')))
}

/** Pieces up to this length are guessed however often they are repeated. */
const SHORT_PIECE = 6

/** `passwordpassword` is as common as its half; `abcabcabcabcabc` adds nothing to `abc` but patience. */
function isRepeated(password: string, words: ReadonlySet<string>): boolean {
  const size = (password + password).indexOf(password, 1)
  if (size === password.length) return false
  return size <= SHORT_PIECE || words.has(password.slice(0, size))
}
