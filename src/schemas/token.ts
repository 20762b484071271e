import Type, { type Static } from 'typebox'

/** RFC 6749 sections 4.3.2 and 6. Which parameters are needed depends on the grant; unknown ones are ignored (3.2). */
export const TokenRequestSchema = Type.Object({
  grant_type: Type.Optional(Type.String({ examples: ['password', 'refresh_token'] })),
  username: Type.Optional(Type.String({ maxLength: 254 })),
  password: Type.Optional(Type.String({ maxLength: 1_024, format: 'password' })),
  refresh_token: Type.Optional(Type.String({ maxLength: 1_024 })),
  scope: Type.Optional(Type.String({ maxLength: 1_024, description: 'Ignored: the role decides' })),
})

export type TokenRequest = Static<typeof TokenRequestSchema>

/** RFC 6749 section 5.1. */
export const TokenReplySchema = Type.Object({
  access_token: Type.String(),
  token_type: Type.Literal('bearer'),
  expires_in: Type.Integer({ description: 'Seconds' }),
  refresh_token: Type.String(),
  scope: Type.String(),
})

interface TokenPair {
  readonly accessToken: string
  readonly refreshToken: string
  readonly expiresInSeconds: number
  readonly principal: { readonly scope: string }
}

export const presentTokens = (pair: TokenPair): Static<typeof TokenReplySchema> => ({
  access_token: pair.accessToken,
  token_type: 'bearer',
  expires_in: pair.expiresInSeconds,
  refresh_token: pair.refreshToken,
  scope: pair.principal.scope,
})
