/** Checks a new password against the rules, and hashes it. */
import { AuthError } from '../errors.ts'
import { checkPassword, ownWords } from './password-rules.ts'
import type { Passwords } from './passwords.ts'

export interface NewPasswords {
  /** Returns the hash of a password that follows the rules. Rejects with PASSWORD_REJECTED. */
  hash(password: string, account: { email: string; name?: string | null | undefined }): Promise<string>
  /** Rejects with PASSWORD_REJECTED if the password is the one that the account has. */
  refuseUnchanged(
    next: string,
    current: { readonly password: string } | { readonly hash: string },
  ): Promise<void>
}

export function createNewPasswords(passwords: Passwords, minLength: number): NewPasswords {
  return {
    async hash(password, { email, name }) {
      const words = ownWords({ email, name: name ?? null })
      const problem = checkPassword(password, { minLength, ownWords: words })
      if (problem)
        throw new AuthError('PASSWORD_REJECTED', { reason: problem.reason, message: problem.message })
      return passwords.hash(password)
    },

    async refuseUnchanged(next, current) {
      const isSame =
        'hash' in current
          ? await passwords.inTurn((turn) => turn.verify(current.hash, next))
          : passwords.isSame(next, current.password)
      if (!isSame) return
      throw new AuthError('PASSWORD_REJECTED', {
        reason: 'unchanged',
        message: 'This is the password that you have.',
      })
    },
  }
}
