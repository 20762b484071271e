/**
 * The rules for new passwords. Length matters most, and the password must not be an obvious guess.
 * There are no rules about capitals and digits: they make passwords harder to remember than to
 * guess.
 * Source: NIST SP 800-63B-4 section 3.1.1.2, OWASP ASVS 5.0 V6.2.
 */
import { isCommonPassword } from './common-passwords.ts'

export interface PasswordProblem {
  readonly reason: 'too-short' | 'too-long' | 'not-text' | 'common' | 'own-words'
  /** For the person who chooses the password: what to do. */
  readonly message: string
}

export interface PasswordContext {
  /** The minimum length, in code points. */
  readonly minLength: number
  /** Words that an attacker who knows the account would try: see `ownWords`. */
  readonly ownWords: readonly string[]
}

const MAX_CHARACTERS = 256
/** The minimum length without the account's own words: as low as the length setting can be. */
const MIN_REMAINING_CHARACTERS = 8
const MIN_WORD_CHARACTERS = 3
const SERVICE = 'tacit'

/**
 * One form for what looks the same: some keyboards write é as one code point, others as two. NFC
 * and not NFKC, which would make different characters equal and so weaken a password.
 */
export const normalizePassword = (password: string): string => password.normalize('NFC')

/** The rules in one sentence, for a person who is about to choose a password. */
export const passwordRules = (minLength: number): string =>
  `A password has ${minLength} to ${MAX_CHARACTERS} characters. It must not be a common password, or consist mostly of the name or address.`

/** The first rule that a new password breaks; undefined if it is acceptable. */
export function checkPassword(password: string, context: PasswordContext): PasswordProblem | undefined {
  // Every lone surrogate becomes U+FFFD before the hash, so different passwords would be equal.
  if (!password.isWellFormed() || password.includes('\0')) {
    return { reason: 'not-text', message: 'Use characters that can be typed.' }
  }
  const normal = normalizePassword(password)
  const length = [...normal].length
  if (length < context.minLength) {
    return {
      reason: 'too-short',
      message: `Use at least ${context.minLength} characters; this has ${length}.`,
    }
  }
  if (length > MAX_CHARACTERS) {
    return { reason: 'too-long', message: `Use at most ${MAX_CHARACTERS} characters; this has ${length}.` }
  }
  if (isCommonPassword(normal)) {
    return {
      reason: 'common',
      message: 'Many people use this password, so it is tried first. Choose another.',
    }
  }
  if ([...without(context.ownWords, normal)].length < MIN_REMAINING_CHARACTERS) {
    return {
      reason: 'own-words',
      message: 'This is mostly made of your name or address. Add words of another kind.',
    }
  }
  return undefined
}

/** The words of an account that do not count in its password, the longest first. */
export function ownWords({
  email,
  name,
}: {
  readonly email: string
  readonly name?: string | null
}): string[] {
  const words = `${email} ${name ?? ''} ${SERVICE}`
    .normalize('NFC')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
  return [...new Set(words)]
    .filter((word) => [...word].length >= MIN_WORD_CHARACTERS)
    .sort((a, b) => b.length - a.length)
}

function without(words: readonly string[], password: string): string {
  return words.reduce((rest, word) => rest.replaceAll(word, ''), password.toLowerCase())
}
