import type { Static } from 'typebox'
import type { Issuance } from '../sessions/issuance.ts'
import Type from '../typebox.ts'

/**
 * RFC 6749 sections 4.3.2 and 6. The grant type decides which parameters are required. Unknown
 * parameters are ignored (section 3.2).
 */
export const TokenRequestSchema = Type.Object(
  {
    grant_type: Type.Optional(Type.String({ examples: ['password', 'refresh_token'] })),
    username: Type.Optional(Type.String({ maxLength: 254 })),
    password: Type.Optional(Type.String({ maxLength: 1_024, format: 'password' })),
    refresh_token: Type.Optional(
      Type.String({
        maxLength: 1_024,
        description:
          'The token to exchange. With the grant `password`, it shows that the account knows the client, and is not exchanged.',
      }),
    ),
    scope: Type.Optional(
      Type.String({ maxLength: 1_024, description: 'Ignored: the role of the account decides' }),
    ),
  },
  {
    examples: [
      { grant_type: 'password', username: 'ada@example.com', password: 'correct horse battery staple' },
    ],
  },
)

export type TokenRequest = Static<typeof TokenRequestSchema>

/** RFC 6749 section 5.1. */
export const TokenReplySchema = Type.Object(
  {
    access_token: Type.String(),
    token_type: Type.Literal('bearer'),
    expires_in: Type.Integer({ description: 'Seconds' }),
    refresh_token: Type.String(),
    scope: Type.String(),
  },
  {
    headers: { 'Cache-Control': { const: 'no-store' } },
    examples: [
      {
        access_token: 'eyJhbGciOiJIUzI1NiIsInR5cCI6ImF0K2p3dCJ9.e30.c2lnbmF0dXJl',
        token_type: 'bearer',
        expires_in: 900,
        refresh_token: 'tacit_rt_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789',
        scope: '',
      },
    ],
  },
)

export function presentTokens(issuance: Issuance): Static<typeof TokenReplySchema> {
  const { accessToken, refreshToken, expiresInSeconds } = issuance.tokens()
  return {
    access_token: accessToken,
    token_type: 'bearer',
    expires_in: expiresInSeconds,
    refresh_token: refreshToken,
    scope: issuance.principal.scope,
  }
}
