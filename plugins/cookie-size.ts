import fp from 'fastify-plugin'
import { ConfigError } from '../src/config/config-error.ts'
import { largestClaims } from '../src/protocol/access-token.ts'
import { internalsOf } from '../src/wiring/internals.ts'

/** RFC 6265 section 6.1: for name, value and attributes together. */
const MAX_COOKIE_BYTES = 4_096

/**
 * Stops the start if the access cookie of a role is too large. A browser drops such a cookie
 * silently, and its requests would have no access token.
 */
export default fp(
  async (app) => {
    const { serializeCookie, accessTokens, config, cookieNames, cookieAttributes, roles } = internalsOf(app)
    for (const role of roles.names) {
      const claims = largestClaims(role, roles.scopeOf(role), config)
      const cookie = serializeCookie(cookieNames.access, accessTokens.sign(claims), {
        ...cookieAttributes,
        maxAge: Math.ceil(config.accessTtlSeconds),
      })
      if (cookie.length <= MAX_COOKIE_BYTES) continue
      throw new ConfigError(
        `The role ${role} makes an access cookie of ${cookie.length} bytes, but browsers accept at most ${MAX_COOKIE_BYTES}. Give the role fewer or shorter permissions.`,
      )
    }
  },
  { name: 'cookie-size', dependencies: ['env', 'cookies', 'jwt', 'roles'] },
)
