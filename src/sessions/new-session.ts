/**
 * The row of a new session.
 *
 * Threat: an owner changes the password because a thief has copied the session's tokens. If the
 * session continues, the thief keeps access.
 * Guarantee: a password change by cookie begins a session with a new id and a new seed. The tokens
 * of the old session do not work in it. The sign-in time and the hard limit stay the same.
 * Limits: within the grace, an access token of the old session still admits requests that only read
 * (ended.ts). A thief who changes the password first holds the only session.
 * Source: OWASP ASVS 5.0 V7.2.4 and V7.4.3.
 */
import { randomBytes } from 'node:crypto'
import type { Client } from '../audit/events.ts'
import type { SessionInfo } from '../store/session-info.ts'
import type { SessionRow } from '../store/sessions.ts'

const SID_BYTES = 16
const SEED_BYTES = 32

/** The id and the seed of a new session, and its rotation state. */
export const firstGeneration = (now: number) => ({
  id: randomBytes(SID_BYTES).toString('base64url'),
  seed: randomBytes(SEED_BYTES),
  generation: 1,
  rotatedAt: now,
  handedAt: null,
  usedAt: null,
  fallbacks: 0,
  confirmedAt: null,
  revokedAt: null,
  revokedReason: null,
  lastSeenAt: now,
})

/** The session that replaces another after the same sign-in. Its tokens are issued as cookies. */
export const successorOf = (
  { userId, authenticatedAt, createdAt, remember, expiresAt, idleExpiresAt }: SessionInfo,
  { now, idleLimit, client }: { now: number; idleLimit: number; client: Client },
): SessionRow => ({
  ...firstGeneration(now),
  userId,
  authenticatedAt,
  createdAt,
  remember,
  isByCookie: true,
  expiresAt,
  // Never moved back, not even if the clock is behind.
  idleExpiresAt: Math.max(idleExpiresAt, idleLimit),
  ...client,
})
