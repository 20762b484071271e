import { randomBytes, randomUUID } from 'node:crypto'
import type { AuthEvent } from '../../src/store/events.ts'
import type { SessionRow } from '../../src/store/sessions.ts'
import type { UserRow } from '../../src/store/user-row.ts'

/** An account to put into a store. */
export function someUser(change: Partial<UserRow> = {}): UserRow {
  const email = `${randomUUID()}@example.com`
  return {
    id: randomUUID(),
    email,
    emailKey: email,
    name: null,
    role: 'user',
    passwordHash: '$argon2id$none',
    createdAt: 0,
    passwordChangedAt: 0,
    passwordChangeRequiredAt: null,
    disabledAt: null,
    emailConfirmedAt: null,
    locale: null,
    signInNotices: true,
    invitedAt: null,
    ...change,
  }
}

/** A session to put into a store: begun at 0, good until 1,000,000. */
export function someSession(userId: string, change: Partial<SessionRow> = {}): SessionRow {
  return {
    id: randomBytes(16).toString('base64url'),
    userId,
    seed: randomBytes(32),
    generation: 1,
    rotatedAt: 0,
    handedAt: null,
    usedAt: null,
    fallbacks: 0,
    confirmedAt: null,
    authenticatedAt: 0,
    createdAt: 0,
    remember: true,
    isByCookie: true,
    idleExpiresAt: 1_000_000,
    expiresAt: 1_000_000,
    revokedAt: null,
    revokedReason: null,
    ip: '127.0.0.1',
    userAgent: 'by hand',
    lastSeenAt: 0,
    ...change,
  }
}

/** An event to put into a store. */
export const someEvent = (change: Partial<AuthEvent> = {}): AuthEvent => ({
  at: 0,
  type: 'signed-in',
  userId: null,
  sessionId: null,
  actorId: null,
  ip: null,
  userAgent: null,
  reason: null,
  facts: null,
  ...change,
})
