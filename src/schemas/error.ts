import Type from '../typebox.ts'

/** The refusals of all endpoints except OAuth endpoints. */
export const ErrorSchema = Type.Object({
  statusCode: Type.Integer(),
  code: Type.String({ description: 'For programs', examples: ['TOKEN_EXPIRED'] }),
  error: Type.String({ description: 'The reason phrase of the status' }),
  message: Type.String({ description: 'For people' }),
  reason: Type.Optional(Type.String({ description: 'A detail, for programs' })),
})

/** RFC 6749 section 5.2. */
export const OAuthErrorSchema = Type.Object({
  error: Type.String({ examples: ['invalid_grant'] }),
  error_description: Type.String(),
})
