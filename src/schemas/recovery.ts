import Type from '../typebox.ts'
import { CurrentPassword, Email, Password } from './credentials.ts'

const exampleToken = 'uTQ1xYy0mYd3m0d3rXb4W2s8Zk5n7Jq9L1p6V0c3T8E'
/** A link that a mail program has cut or changed is answered as an invalid one. */
const MAX_TOKEN_LENGTH = 256

const Token = Type.String({ minLength: 1, maxLength: MAX_TOKEN_LENGTH })

/** Nothing: the answer must not depend on the address. */
export const AcceptedSchema = Type.Object({}, { additionalProperties: false, examples: [{}] })

export const ForgotPasswordSchema = Type.Object(
  { email: Email },
  { additionalProperties: false, examples: [{ email: 'ada@example.com' }] },
)

export const EmailLinkSchema = Type.Object(
  { token: Token },
  { additionalProperties: false, examples: [{ token: exampleToken }] },
)

export const ChangeEmailSchema = Type.Object(
  { email: Email, currentPassword: CurrentPassword },
  {
    additionalProperties: false,
    examples: [{ email: 'ada.king@example.com', currentPassword: 'correct horse battery staple' }],
  },
)

export const ResetPasswordSchema = Type.Object(
  { token: Token, newPassword: Password },
  {
    additionalProperties: false,
    examples: [{ token: exampleToken, newPassword: 'a violet horse in the battery' }],
  },
)
