/**
 * The public view of a row. Not in the schemas' modules: the command line shows the same view, and
 * loading the schemas would slow its start.
 */
import type { Session } from '../store/sessions.ts'
import type { User } from '../store/users.ts'
import type { SessionView } from './session.ts'
import type { UserView } from './user.ts'

/** Returns what the owner and administrators see of an account. */
export const presentUser = ({ id, email, name, role, createdAt, disabledAt }: User): UserView => ({
  id,
  email,
  name,
  role,
  createdAt: iso(createdAt),
  disabled: disabledAt !== null,
  // The service sends no mail yet, so no address is confirmed.
  emailConfirmed: false,
})

const iso = (time: number): string => new Date(time).toISOString()

/** Returns a session as its owner sees it. */
export const presentSession = (session: Session, currentSid: string): SessionView => ({
  id: session.id,
  current: session.id === currentSid,
  createdAt: iso(session.createdAt),
  lastSeenAt: iso(session.lastSeenAt),
  expiresAt: iso(Math.min(session.idleExpiresAt, session.expiresAt)),
  ip: session.ip,
  userAgent: session.userAgent,
})
