/**
 * Which passwords are good enough. Length decides, and not being the first thing that somebody would try; there are
 * no rules about capitals and digits, which make passwords harder to remember than to guess.
 * Source: NIST SP 800-63B-4 section 3.1.1.2, OWASP ASVS 5.0 V6.2.
 */
import { isCommonPassword } from './common-passwords.ts'

export interface PasswordProblem {
  readonly reason: 'too-short' | 'too-long' | 'not-text' | 'common' | 'own-words'
  /** Tells a person what to do. */
  readonly message: string
}

export interface PasswordContext {
  /** Fewest characters, counted in code points. */
  readonly minLength: number
  /** Words that somebody who knows the account would try: see `ownWords`. */
  readonly ownWords: readonly string[]
}

const LONGEST = 256
/** What must remain when the account's own words are taken away: the lowest length setting there is. */
const LEAST_OF_ONES_OWN = 8
const SHORTEST_WORD = 3
const SERVICE = 'tacit'

/**
 * One spelling for what looks the same: an é is one code point on some keyboards and two on others. NFC, and not NFKC,
 * which would also make different characters equal and so weaken what was chosen.
 */
export const normalizePassword = (password: string): string => password.normalize('NFC')

/** What is wrong with a new password, or undefined when nothing is. */
export function checkPassword(password: string, context: PasswordContext): PasswordProblem | undefined {
  // A lone surrogate turns into U+FFFD on its way to the hash, and so would every other one.
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
  if (length > LONGEST) {
    return { reason: 'too-long', message: `Use at most ${LONGEST} characters; this has ${length}.` }
  }
  if (isCommonPassword(normal)) {
    return {
      reason: 'common',
      message: 'Many people use this password, so it is tried first. Choose another.',
    }
  }
  if ([...without(context.ownWords, normal)].length < LEAST_OF_ONES_OWN) {
    return {
      reason: 'own-words',
      message: 'This is mostly made of your name or address. Add words of another kind.',
    }
  }
  return undefined
}

/** The words of an account that its password must not be made of, longest first. */
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
    .filter((word) => [...word].length >= SHORTEST_WORD)
    .sort((a, b) => b.length - a.length)
}

function without(words: readonly string[], password: string): string {
  return words.reduce((rest, word) => rest.replaceAll(word, ''), password.toLowerCase())
}
