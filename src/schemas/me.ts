import Type, { type Static } from 'typebox'
import type { Principal } from '../sessions/principals.ts'
import { presentSession, presentUser } from './present.ts'
import { exampleSession, SessionSchema } from './session.ts'
import { exampleUser, UserSchema } from './user.ts'

export const MeSchema = Type.Object(
  {
    user: UserSchema,
    session: SessionSchema,
    passwordChangeRequired: Type.Optional(
      Type.Boolean({ description: 'There, and true, while nothing else is answered before a new password' }),
    ),
  },
  { examples: [{ user: exampleUser, session: exampleSession }] },
)

const texts = new WeakMap<Principal, string>()

/** Who is signed in, as JSON. A principal never changes, so what is said of it is put together once. */
export function describeMe(principal: Principal): string {
  const known = texts.get(principal)
  if (known !== undefined) return known
  const me: Static<typeof MeSchema> = {
    user: presentUser(principal.user),
    session: presentSession(principal.session, principal.sid),
    ...(principal.user.passwordChangeRequiredAt !== null && { passwordChangeRequired: true }),
  }
  const text = JSON.stringify(me)
  texts.set(principal, text)
  return text
}
