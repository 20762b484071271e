import type { Static } from 'typebox'
import Type from '../typebox.ts'
import { MAX_NAME_LENGTH } from './limits.ts'
import { orNull } from './nullable.ts'

export const exampleUser = {
  id: '019c4a5e-7d3b-7c52-9a41-3f0e8b6d2c17',
  email: 'ada@example.com',
  name: 'Ada Lovelace',
  role: 'user',
  createdAt: '2026-01-05T09:30:00.000Z',
  disabled: false,
  emailConfirmed: false,
}

export const UserSchema = Type.Object({
  id: Type.String({ format: 'uuid' }),
  email: Type.String(),
  name: orNull(Type.String()),
  role: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
  disabled: Type.Boolean(),
  emailConfirmed: Type.Boolean({
    description: 'Whether the owner has shown that they read the mail of the address.',
  }),
})

export type UserView = Static<typeof UserSchema>

export const UserReplySchema = Type.Object({ user: UserSchema }, { examples: [{ user: exampleUser }] })

export const UserParamsSchema = Type.Object({
  userId: Type.String({ format: 'uuid', examples: [exampleUser.id] }),
})

export const NameSchema = Type.String({ minLength: 1, maxLength: MAX_NAME_LENGTH })

export const ChangeMeSchema = Type.Object(
  {
    name: Type.Optional(Type.Union([NameSchema, Type.Null()])),
    signInNotices: Type.Optional(
      Type.Boolean({ description: 'Whether mail tells of a sign-in from an unknown browser' }),
    ),
  },
  { additionalProperties: false, minProperties: 1, examples: [{ name: 'Ada King' }] },
)
