/** What the model of a change of password is given: protocols, right and wrong, and their times. */
import { mayStillRead } from '../../src/sessions/ended.ts'
import type { PasswordEnvironment, PasswordProtocol } from './password-world.ts'

export const realPasswordProtocol: PasswordProtocol = {
  mayStillRead,
  change: 'a successor',
  graceIsFor: 'reading',
  oldRefreshToken: 'nothing',
}

export const passwordSettings: readonly { readonly name: string; readonly env: PasswordEnvironment }[] = [
  {
    name: 'a thief holds copies of all tokens as the password changes',
    env: { grace: 1, settle: 3, accessTtl: 5 },
  },
]

export const deeperPasswordSettings: typeof passwordSettings = [
  {
    name: 'a thief holds copies of all tokens as the password changes, with longer times',
    env: { grace: 2, settle: 5, accessTtl: 8 },
  },
]

export interface PasswordMutant {
  readonly name: string
  readonly protocol: PasswordProtocol
}

const but = (name: string, change: Partial<PasswordProtocol>): PasswordMutant => ({
  name: `a new password: ${name}`,
  protocol: { ...realPasswordProtocol, ...change },
})

export const passwordMutants: readonly PasswordMutant[] = [
  but('the session goes on', { change: 'the same session' }),
  but('the session rotates', { change: 'the next generation' }),
  but('the session goes on beside its successor', { change: 'a successor beside it' }),
  but('the old session refreshes during the grace', { oldRefreshToken: 'tokens of the old session' }),
  but('a lost answer is made good', { oldRefreshToken: 'tokens of the successor' }),
  but('a copied access token changes something during the grace', { graceIsFor: 'everything' }),
  but('there is no grace for reading', { mayStillRead: () => false }),
  but('the grace does not end', { mayStillRead: () => true }),
  but('the grace ends a tick later', {
    mayStillRead: (session, arrived, graceMs) => mayStillRead(session, arrived, graceMs + 1),
  }),
]
