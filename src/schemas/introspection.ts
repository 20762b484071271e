import type { Static } from 'typebox'
import type { InspectedToken } from '../sessions/inspection.ts'
import Type from '../typebox.ts'

/** A cookie has at most 4,096 bytes, and the start refuses roles whose access tokens are longer. */
const MAX_TOKEN_LENGTH = 4_096

/** RFC 7662 section 2.1 and RFC 7009 section 2.1. Unknown parameters are ignored. */
export const TokenParametersSchema = Type.Object(
  {
    token: Type.String({ minLength: 1, maxLength: MAX_TOKEN_LENGTH }),
    token_type_hint: Type.Optional(
      Type.String({
        maxLength: 256,
        examples: ['access_token', 'refresh_token'],
        description: 'Ignored: the form of a token tells its type',
      }),
    ),
  },
  { examples: [{ token: 'tacit_rt_AbCdEfGhIjKlMnOpQrStUvWxYz0123456789' }] },
)

const Seconds = Type.Optional(Type.Integer({ description: 'Seconds since the Unix epoch' }))

/** RFC 7662 section 2.2. Of a token that is not active, nothing else is told. */
export const IntrospectionReplySchema = Type.Object(
  {
    active: Type.Boolean({
      description: 'Whether the service would accept the token now',
    }),
    iss: Type.Optional(Type.String()),
    aud: Type.Optional(Type.String({ description: 'Access tokens only' })),
    sub: Type.Optional(Type.String({ description: 'Id of the account' })),
    sid: Type.Optional(Type.String({ description: 'Id of the session' })),
    username: Type.Optional(Type.String({ description: 'E-mail address of the account' })),
    scope: Type.Optional(Type.String({ description: 'Permissions, separated by spaces' })),
    role: Type.Optional(Type.String()),
    client_id: Type.Optional(Type.String()),
    token_type: Type.Optional(Type.Literal('Bearer', { description: 'Access tokens only' })),
    exp: Seconds,
    iat: Seconds,
    auth_time: Seconds,
    jti: Type.Optional(Type.String()),
    email_verified: Type.Optional(
      Type.Boolean({ description: 'Whether the owner has confirmed the address. Access tokens only' }),
    ),
  },
  {
    headers: { 'Cache-Control': { const: 'no-store' } },
    examples: [
      {
        active: true,
        iss: 'https://auth.example.com',
        aud: 'https://auth.example.com',
        client_id: 'tacit',
        jti: 'RxK0b3vT9fJ2mQ8sLd1ZyA',
        sub: '019bc186-de00-738c-b587-e5f65ab95d6c',
        sid: 'AbCdEfGhIjKlMnOpQrStUv',
        username: 'ada@example.com',
        scope: 'movies:write',
        role: 'editor',
        token_type: 'Bearer',
        exp: 1_767_226_500,
        iat: 1_767_225_600,
        auth_time: 1_767_225_600,
        email_verified: false,
      },
    ],
  },
)

export type IntrospectionReply = Static<typeof IntrospectionReplySchema>

/** The claims of an access token that the reply repeats, if the token has them. */
const CLAIMS = [
  ...['iss', 'aud', 'sub', 'sid', 'scope', 'role', 'client_id', 'exp', 'iat', 'auth_time', 'jti'],
  'email_verified',
]

export function presentIntrospection(token: InspectedToken | null, issuer: string): IntrospectionReply {
  if (token === null) return { active: false }
  const { email: username } = token.user
  if (token.kind === 'access') {
    const claims = Object.entries(token.claims).filter(([name]) => CLAIMS.includes(name))
    return { active: true, ...Object.fromEntries(claims), username, token_type: 'Bearer' }
  }
  const { id: sid, userId: sub, idleExpiresAt, expiresAt, authenticatedAt } = token.session
  return {
    active: true,
    iss: issuer,
    sub,
    sid,
    username,
    exp: Math.floor(Math.min(idleExpiresAt, expiresAt) / 1_000),
    auth_time: Math.floor(authenticatedAt / 1_000),
  }
}
