import type { Static } from 'typebox'
import type { Principal } from '../sessions/principal.ts'
import Type from '../typebox.ts'
import { presentSession, presentUser } from './present.ts'
import { exampleSession, SessionSchema } from './session.ts'
import { exampleUser, UserSchema } from './user.ts'

export const MeSchema = Type.Object(
  {
    user: UserSchema,
    session: SessionSchema,
    signInNotices: Type.Boolean({
      description: 'Whether mail tells of a sign-in from a browser that the account does not know',
    }),
    passwordChangeRequired: Type.Optional(
      Type.Boolean({ description: 'True if the user has to choose a new password first; else left out' }),
    ),
  },
  { examples: [{ user: exampleUser, session: exampleSession, signInNotices: true }] },
)

const texts = new WeakMap<Principal, string>()

/** Returns the signed-in user as JSON. A principal never changes, so its text is built once. */
export function describeMe(principal: Principal): string {
  const cached = texts.get(principal)
  if (cached !== undefined) return cached
  const me: Static<typeof MeSchema> = {
    user: presentUser(principal.user),
    session: presentSession(principal.session, principal.sid),
    signInNotices: principal.user.signInNotices,
    ...(principal.user.passwordChangeRequiredAt !== null && { passwordChangeRequired: true }),
  }
  const text = JSON.stringify(me)
  texts.set(principal, text)
  return text
}
