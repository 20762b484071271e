/**
 * The public view of accounts and sessions. Not in the schemas' modules: the command line shows the same view, and
 * loading the schemas would slow its start.
 */
import type { Account } from '../store/account.ts'
import type { SessionInfo } from '../store/session-info.ts'
import type { SessionView } from './session.ts'
import type { UserView } from './user.ts'

/** Returns what the owner and administrators see of an account. */
export const presentUser = ({ id, email, name, role, createdAt, ...account }: Account): UserView => ({
  id,
  email,
  name,
  role,
  createdAt: iso(createdAt),
  disabled: account.disabledAt !== null,
  emailConfirmed: account.emailConfirmedAt !== null,
})

const iso = (time: number): string => new Date(time).toISOString()

/** Returns a session as its owner sees it. */
export const presentSession = (session: SessionInfo, currentSid: string): SessionView => ({
  id: session.id,
  current: session.id === currentSid,
  createdAt: iso(session.createdAt),
  lastSeenAt: iso(session.lastSeenAt),
  expiresAt: iso(Math.min(session.idleExpiresAt, session.expiresAt)),
  ip: session.ip,
  userAgent: session.userAgent,
})
