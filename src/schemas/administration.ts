import type { Static } from 'typebox'
import type { Account } from '../store/account.ts'
import Type from '../typebox.ts'
import { Email, Locale } from './credentials.ts'
import { NextCursorSchema, pageQuery } from './page.ts'
import { presentUser } from './present.ts'
import { SessionParamsSchema } from './session.ts'
import { exampleUser, NameSchema, UserParamsSchema, UserSchema } from './user.ts'

const PasswordChangeRequired = Type.Boolean({
  description: 'Whether the user has to choose a new password before any other request',
})

/** An account as an administrator sees it. */
export const AdministeredUserSchema = Type.Object({
  ...UserSchema.properties,
  passwordChangeRequired: PasswordChangeRequired,
  invited: Type.Boolean({ description: 'Whether the account has no password yet, and cannot sign in' }),
})

export const presentAdministeredUser = (user: Account): Static<typeof AdministeredUserSchema> => ({
  ...presentUser(user),
  passwordChangeRequired: user.passwordChangeRequiredAt !== null,
  invited: user.invitedAt !== null,
})

const exampleAdministered = { ...exampleUser, passwordChangeRequired: false, invited: false }

export const AdministeredUserReplySchema = Type.Object(
  { user: AdministeredUserSchema },
  { examples: [{ user: exampleAdministered }] },
)

export const RoleListSchema = Type.Object(
  {
    roles: Type.Array(Type.Object({ name: Type.String(), permissions: Type.Array(Type.String()) })),
  },
  {
    examples: [
      {
        roles: [
          { name: 'user', permissions: [] },
          { name: 'support', permissions: ['users:read'] },
        ],
      },
    ],
  },
)

/** @param scope a role's permissions, separated by spaces */
export const presentRole = (name: string, scope: string) => ({
  name,
  permissions: scope === '' ? [] : scope.split(' '),
})

export const UserListQuerySchema = Type.Object(
  {
    ...pageQuery,
    q: Type.Optional(Type.String({ maxLength: 254, description: 'A part of the address or the name' })),
  },
  { additionalProperties: false },
)

export const UserListSchema = Type.Object(
  { users: Type.Array(AdministeredUserSchema), nextCursor: NextCursorSchema },
  { examples: [{ users: [exampleAdministered], nextCursor: null }] },
)

/** @param roles the names of all roles */
export const accessChangeSchema = (roles: readonly string[]) =>
  Type.Object(
    {
      role: Type.Optional(Type.String({ enum: [...roles] })),
      disabled: Type.Optional(Type.Boolean()),
      passwordChangeRequired: Type.Optional(PasswordChangeRequired),
    },
    { additionalProperties: false, minProperties: 1, examples: [{ passwordChangeRequired: true }] },
  )

/** @param roles the names of all roles */
export const invitationSchema = (roles: readonly string[]) =>
  Type.Object(
    {
      email: Email,
      role: Type.Optional(Type.String({ enum: [...roles] })),
      name: Type.Optional(NameSchema),
      locale: Type.Optional(Locale),
    },
    { additionalProperties: false, examples: [{ email: 'grace@example.com', role: 'user' }] },
  )

export const SessionOfUserParamsSchema = Type.Object({
  ...UserParamsSchema.properties,
  ...SessionParamsSchema.properties,
})
