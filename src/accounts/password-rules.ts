export interface PasswordProblem {
  readonly reason: 'too-short' | 'too-long' | 'common' | 'own-words'
  readonly message: string
}
export const normalizePassword = (password: string): string => password.normalize('NFC')
export const ownWords = (account: { email: string; name?: string | null }): string[] =>
  [...account.email.split(/[@.]/), ...(account.name ?? '').split(' ')].filter((word) => word.length > 2)
export function checkPassword(
  password: string,
  { minLength }: { minLength: number; ownWords: readonly string[] },
): PasswordProblem | undefined {
  const length = [...password].length
  if (length < minLength)
    return { reason: 'too-short', message: `Use at least ${minLength} characters; this has ${length}.` }
  return undefined
}
