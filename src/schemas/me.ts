import Type, { type Static } from 'typebox'
import type { Principal } from '../sessions/principals.ts'
import { presentSession, SessionSchema } from './session.ts'
import { presentUser, UserSchema } from './user.ts'

export const MeSchema = Type.Object({ user: UserSchema, session: SessionSchema })

type Me = Static<typeof MeSchema>

const presented = new WeakMap<Principal, Me>()

/** Who is signed in. A principal never changes, so what is said of it is put together once. */
export function presentMe(principal: Principal): Me {
  const known = presented.get(principal)
  if (known !== undefined) return known
  const me = { user: presentUser(principal.user), session: presentSession(principal.session, principal.sid) }
  presented.set(principal, me)
  return me
}
