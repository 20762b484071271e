import type { Static } from 'typebox'
import { MAX_NOTICES, type Notice, noticeTypes } from '../audit/notices.ts'
import Type from '../typebox.ts'
import { orNull } from './nullable.ts'
import { exampleSession, SessionSchema } from './session.ts'

const ClientSchema = Type.Object({ ip: Type.String(), userAgent: Type.String() })

/** An event about a session, as the owner of the account sees it. */
export const NoticeSchema = Type.Object({
  type: Type.Enum([...noticeTypes], {
    description:
      'refresh-reused: a client presented an old refresh token, and the session ended. session-fell-back: a client presented an older refresh token than it had used, and was served once. session-forwarded: the refresh token was newer than the database.',
  }),
  at: Type.String({ format: 'date-time' }),
  sessionId: Type.String({ description: 'The session, which may have ended' }),
  presentedBy: ClientSchema,
  rotatedBy: orNull(ClientSchema, {
    description: 'For refresh-reused, the client with the current refresh token; otherwise null',
  }),
})

export type NoticeView = Static<typeof NoticeSchema>

const exampleNotice: NoticeView = {
  type: 'refresh-reused',
  at: '2026-01-04T22:12:40.000Z',
  sessionId: 'Zr3kQ0yNf6oLw1cVb8HsTg',
  presentedBy: { ip: '198.51.100.23', userAgent: 'curl/8.5.0' },
  rotatedBy: { ip: exampleSession.ip, userAgent: exampleSession.userAgent },
}

/** The sessions of the caller's account, and the notices about them. */
export const OwnSessionListSchema = Type.Object(
  {
    sessions: Type.Array(SessionSchema),
    notices: Type.Array(NoticeSchema, {
      maxItems: MAX_NOTICES,
      description: 'Security events of the account’s sessions, the newest first',
    }),
  },
  { examples: [{ sessions: [exampleSession], notices: [exampleNotice] }] },
)

export const presentNotice = ({ type, at, sessionId, ip, userAgent, facts }: Notice): NoticeView => ({
  type,
  at: new Date(at).toISOString(),
  sessionId,
  presentedBy: { ip, userAgent },
  // Rows of earlier versions have no facts.
  rotatedBy: facts?.rotatedBy ?? null,
})
