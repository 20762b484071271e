import Type from '../typebox.ts'
import { LOCALE, MAX_EMAIL_LENGTH } from './limits.ts'
import { NameSchema } from './user.ts'

/**
 * More than every password rule allows, so that the rule refuses a long password with its reason.
 */
const MAX_PASSWORD_LENGTH = 1_024

const exampleEmail = 'ada@example.com'
const examplePassword = 'correct horse battery staple'

export const Email = Type.String({ format: 'email', maxLength: MAX_EMAIL_LENGTH })
export const Password = Type.String({ minLength: 1, maxLength: MAX_PASSWORD_LENGTH, format: 'password' })

export const Locale = Type.String({
  pattern: LOCALE.source,
  description:
    'The language of mail to the account, such as ja or pt-BR. By default the first of Accept-Language.',
})

export const RegisterSchema = Type.Object(
  { email: Email, password: Password, name: Type.Optional(NameSchema), locale: Type.Optional(Locale) },
  {
    additionalProperties: false,
    examples: [{ email: exampleEmail, password: examplePassword, name: 'Ada Lovelace' }],
  },
)

export const LoginSchema = Type.Object(
  {
    // Not checked for the format of an address: a typing error gets the answer of every failure.
    email: Type.String({ minLength: 1, maxLength: MAX_EMAIL_LENGTH }),
    password: Password,
    remember: Type.Optional(
      Type.Boolean({ description: 'Whether the user stays signed in when the browser closes' }),
    ),
  },
  {
    additionalProperties: false,
    examples: [{ email: exampleEmail, password: examplePassword, remember: true }],
  },
)

export const CurrentPassword = Type.Optional({
  ...Password,
  description: 'Optional in the first ten minutes after a sign-in',
})

export const ChangePasswordSchema = Type.Object(
  { currentPassword: CurrentPassword, newPassword: Password },
  {
    additionalProperties: false,
    examples: [{ currentPassword: examplePassword, newPassword: 'a violet horse in the battery' }],
  },
)

/** A missing body is allowed: many clients send none with DELETE. */
export const ConfirmPasswordSchema = Type.Union(
  [Type.Object({ currentPassword: CurrentPassword }, { additionalProperties: false }), Type.Null()],
  { examples: [{ currentPassword: examplePassword }] },
)
