import Type, { type Static } from 'typebox'
import { eventTypes } from '../audit/events.ts'
import type { StoredEvent } from '../store/events.ts'
import { NextCursorSchema, pageQuery } from './page.ts'
import { exampleSession } from './session.ts'
import { exampleUser } from './user.ts'

const orNull = (description: string) => Type.Union([Type.String(), Type.Null()], { description })

const FactsSchema = Type.Object({
  presented: Type.Integer({ description: 'Generation of the refresh token that was presented' }),
  current: Type.Integer({ description: 'Generation that was current' }),
  secondsSinceReceipt: Type.Optional(
    Type.Union([Type.Integer(), Type.Null()], {
      description: 'How long the receipt of the current generation had been proved; null where it was not',
    }),
  ),
  rotatedBy: Type.Optional(
    Type.Object(
      { ip: Type.String(), userAgent: Type.String() },
      { description: 'The client that the current generation was made for' },
    ),
  ),
})

export const EventSchema = Type.Object({
  id: Type.Integer({ description: 'Grows with each event' }),
  at: Type.String({ format: 'date-time' }),
  type: Type.String({ examples: ['sign-in-failed'] }),
  userId: orNull(
    'Whose account it is about; null where that is nobody’s, and kept when the account is deleted',
  ),
  sessionId: orNull('In which session, or what became of it'),
  actorId: orNull('The administrator who did it to the account'),
  ip: orNull('Where the request came from'),
  userAgent: orNull('What sent it, in its own words'),
  reason: orNull('More exactly'),
  facts: Type.Union([FactsSchema, Type.Null()], {
    description:
      'Of refresh-reused, session-fell-back and session-forwarded: what was shown, and what was true',
  }),
})

export const EventListQuerySchema = Type.Object(
  {
    ...pageQuery,
    type: Type.Optional(Type.Enum([...eventTypes])),
    userId: Type.Optional(Type.String({ format: 'uuid', description: 'Whose account it is about' })),
    actorId: Type.Optional(Type.String({ format: 'uuid', description: 'Which administrator did it' })),
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
