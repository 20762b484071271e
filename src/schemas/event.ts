import type { Static } from 'typebox'
import { eventTypes } from '../audit/events.ts'
import type { StoredEvent } from '../store/events.ts'
import Type from '../typebox.ts'
import { orNull } from './nullable.ts'
import { NextCursorSchema, pageQuery } from './page.ts'
import { exampleSession } from './session.ts'
import { exampleUser } from './user.ts'

const textOrNull = (description: string) => orNull(Type.String(), { description })

const FactsSchema = Type.Object({
  presented: Type.Integer({ description: 'Generation of the refresh token that the client presented' }),
  current: Type.Integer({ description: 'Generation of the refresh token that was current' }),
  secondsSinceReceipt: Type.Optional(
    orNull(Type.Integer(), {
      description: 'Seconds since the proof of receipt of the current generation, or null without a proof',
    }),
  ),
  rotatedBy: Type.Optional(
    Type.Object(
      { ip: Type.String(), userAgent: Type.String() },
      { description: 'The client for which the current generation was created' },
    ),
  ),
})

export const EventSchema = Type.Object({
  id: Type.Integer({ description: 'Grows with each event' }),
  at: Type.String({ format: 'date-time' }),
  type: Type.String({ examples: ['sign-in-failed'] }),
  userId: textOrNull(
    'The account that the event is about, or null. It is kept after the account is deleted.',
  ),
  sessionId: textOrNull('The session that the event is about, or null'),
  actorId: textOrNull('The administrator who acted on the account, or null'),
  ip: textOrNull('The address of the client, or null if there was no request'),
  userAgent: textOrNull('The User-Agent header of the client, or null if there was no request'),
  reason: textOrNull('The reason in a few words, or null'),
  facts: orNull(FactsSchema, {
    description: 'Details of refresh-reused, session-fell-back and session-forwarded; null for other types',
  }),
})

export const EventListQuerySchema = Type.Object(
  {
    ...pageQuery,
    type: Type.Optional(Type.Enum([...eventTypes])),
    userId: Type.Optional(
      Type.String({ format: 'uuid', description: 'The account that the event is about' }),
    ),
    actorId: Type.Optional(Type.String({ format: 'uuid', description: 'The administrator who acted' })),
  },
  { additionalProperties: false },
)

export type EventView = Static<typeof EventSchema>

const exampleEvent: EventView = {
  id: 4711,
  at: '2026-01-06T17:02:11.000Z',
  type: 'role-changed',
  userId: exampleUser.id,
  sessionId: null,
  actorId: '019c4a5e-1b2c-7d3e-8f40-5a6b7c8d9e0f',
  ip: exampleSession.ip,
  userAgent: exampleSession.userAgent,
  reason: 'user to admin',
  facts: null,
}

export const EventListSchema = Type.Object(
  { events: Type.Array(EventSchema), nextCursor: NextCursorSchema },
  { examples: [{ events: [exampleEvent], nextCursor: null }] },
)

export const presentEvent = (event: StoredEvent): EventView => ({
  ...event,
  at: new Date(event.at).toISOString(),
})
