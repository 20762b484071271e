import Type, { type Static } from 'typebox'
import type { User } from '../db/store.ts'

export const UserSchema = Type.Object({
  id: Type.String({ format: 'uuid' }),
  email: Type.String(),
  name: Type.Union([Type.String(), Type.Null()]),
  role: Type.String(),
  createdAt: Type.String({ format: 'date-time' }),
  disabled: Type.Boolean(),
})

export type UserView = Static<typeof UserSchema>

/** What a person may see of an account. */
export const presentUser = ({ id, email, name, role, createdAt, disabledAt }: User): UserView => ({
  id,
  email,
  name,
  role,
  createdAt: new Date(createdAt).toISOString(),
  disabled: disabledAt !== null,
})

export const UserReplySchema = Type.Object({ user: UserSchema })

export const UserParamsSchema = Type.Object({ userId: Type.String({ format: 'uuid' }) })

const LONGEST_NAME = 200

export const NameSchema = Type.String({ minLength: 1, maxLength: LONGEST_NAME })

export const RenameSchema = Type.Object(
  { name: Type.Union([NameSchema, Type.Null()]) },
  { additionalProperties: false },
)
