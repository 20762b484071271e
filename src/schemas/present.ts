/**
 * What is shown of a row. Apart from the schemas that describe it: the command line shows the same, and starts without them.
 */
import type { Session } from '../store/sessions.ts'
import type { User } from '../store/users.ts'
import type { SessionView } from './session.ts'
import type { UserView } from './user.ts'

/** What a person may see of an account. */
export const presentUser = ({ id, email, name, role, createdAt, disabledAt }: User): UserView => ({
  id,
  email,
  name,
  role,
  createdAt: iso(createdAt),
  disabled: disabledAt !== null,
  // No address is proved yet: the service sends no mail.
  emailConfirmed: false,
})

const iso = (time: number): string => new Date(time).toISOString()

/** A session as its owner sees it. */
export const presentSession = (session: Session, currentSid: string): SessionView => ({
  id: session.id,
  current: session.id === currentSid,
  createdAt: iso(session.createdAt),
  lastSeenAt: iso(session.lastSeenAt),
  expiresAt: iso(Math.min(session.idleExpiresAt, session.expiresAt)),
  ip: session.ip,
  userAgent: session.userAgent,
})
