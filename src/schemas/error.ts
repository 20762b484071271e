import Type from 'typebox'

/** Every refusal, except those of OAuth endpoints. */
export const ErrorSchema = Type.Object({
  statusCode: Type.Integer(),
  code: Type.String({ description: 'For programs', examples: ['TOKEN_EXPIRED'] }),
  error: Type.String({ description: 'The status in words, as HTTP has it' }),
  message: Type.String({ description: 'For people' }),
  reason: Type.Optional(Type.String({ description: 'More exactly, for programs' })),
})

/** RFC 6749 section 5.2. */
export const OAuthErrorSchema = Type.Object({
  error: Type.String({ examples: ['invalid_grant'] }),
  error_description: Type.String(),
})

/** What goes with a status that passes. */
export const retryAfter = {
  'Retry-After': {
    description: 'Seconds after which trying again may help',
    type: 'integer',
    minimum: 1,
    examples: [5],
  },
} as const
