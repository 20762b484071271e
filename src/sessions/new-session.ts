/**
 * The row of a new session.
 *
 * Threat: an owner changes the password because a thief holds copies of the session's tokens. If the session goes on,
 * so does the thief.
 * Guarantee: a new password that was asked for by cookie begins a new session with an id and a seed of its own. No token of
 * the session before is good for it. The sign-in time and the hard limit stay: a new password prolongs nothing.
 * Limits: an access token of the session before lets requests in that only read, for the grace (ended.ts). A thief who
 * changes the password first holds the new session alone.
 * Source: OWASP ASVS 5.0 V7.2.4 and V7.4.3.
 */
import { randomBytes } from 'node:crypto'
import type { Client } from '../audit/events.ts'
import type { SessionInfo } from '../store/session-info.ts'
import type { SessionRow } from '../store/sessions.ts'

const SID_BYTES = 16
const SEED_BYTES = 32

/** What differs from one session to the next, and how the rotation of each begins. */
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

/** The session that takes the place of another, for the same sign-in. Its tokens are given out as cookies. */
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
  // The limit is never moved back, also not by a clock that is behind.
  idleExpiresAt: Math.max(idleExpiresAt, idleLimit),
  ...client,
})
