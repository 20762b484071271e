import type { Static } from 'typebox'
import Type from '../typebox.ts'

const Time = Type.String({ format: 'date-time' })

/** A session as its owner sees it. */
export const SessionSchema = Type.Object({
  id: Type.String({ description: 'The id of the session. It is not a credential.' }),
  current: Type.Boolean({ description: 'Whether the request belongs to this session' }),
  createdAt: Time,
  lastSeenAt: Time,
  expiresAt: Time,
  ip: Type.String(),
  userAgent: Type.String(),
})

export type SessionView = Static<typeof SessionSchema>

export const exampleSession: SessionView = {
  id: 'q0m2dXo8T5uJ1x7RbWcE9g',
  current: true,
  createdAt: '2026-01-05T09:30:00.000Z',
  lastSeenAt: '2026-01-06T17:02:11.000Z',
  expiresAt: '2026-01-13T17:02:11.000Z',
  ip: '203.0.113.7',
  userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:146.0) Gecko/20100101 Firefox/146.0',
}

export const SessionListSchema = Type.Object(
  { sessions: Type.Array(SessionSchema) },
  { examples: [{ sessions: [exampleSession] }] },
)

export const SessionParamsSchema = Type.Object({
  id: Type.String({ pattern: '^[A-Za-z0-9_-]{22}$', examples: [exampleSession.id] }),
})
