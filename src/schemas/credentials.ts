import Type from 'typebox'
import { LONGEST_EMAIL } from './limits.ts'
import { NameSchema } from './user.ts'

/** More than any password rule allows, so that it is the rule that answers; little enough to cost nothing. */
const LONGEST_PASSWORD = 1_024

const exampleEmail = 'ada@example.com'
const examplePassword = 'correct horse battery staple'

const Email = Type.String({ format: 'email', maxLength: LONGEST_EMAIL })
const Password = Type.String({ minLength: 1, maxLength: LONGEST_PASSWORD, format: 'password' })

export const RegisterSchema = Type.Object(
  { email: Email, password: Password, name: Type.Optional(NameSchema) },
  {
    additionalProperties: false,
    examples: [{ email: exampleEmail, password: examplePassword, name: 'Ada Lovelace' }],
  },
)

export const LoginSchema = Type.Object(
  {
    // Not an address by its form: whatever was typed gets the one answer that every failure gets.
    email: Type.String({ minLength: 1, maxLength: LONGEST_EMAIL }),
    password: Password,
    remember: Type.Optional(Type.Boolean({ description: 'Stay signed in when the browser is closed' })),
  },
  {
    additionalProperties: false,
    examples: [{ email: exampleEmail, password: examplePassword, remember: true }],
  },
)

const CurrentPassword = Type.Optional({
  ...Password,
  description: 'May be left out in the first ten minutes after a sign-in',
})

export const ChangePasswordSchema = Type.Object(
  { currentPassword: CurrentPassword, newPassword: Password },
  {
    additionalProperties: false,
    examples: [{ currentPassword: examplePassword, newPassword: 'a violet horse in the battery' }],
  },
)

/** No body at all is an empty one: many clients send none with DELETE. */
export const ConfirmPasswordSchema = Type.Union(
  [Type.Object({ currentPassword: CurrentPassword }, { additionalProperties: false }), Type.Null()],
  { examples: [{ currentPassword: examplePassword }] },
)
