/**
 * Which properties of a log line are struck out.
 *
 * Threat: a handler or a plugin logs a request, a row or a pair of tokens by mistake.
 * Guarantee: a property with one of these names is replaced, at the top of a line and one level below.
 * Limits: a secret under another name, deeper in an object or within a sentence is logged. Nothing of the service logs a
 * secret at all; this is the second wall.
 * Source: OWASP ASVS 5.0 V16.2.5.
 */

const SECRET_NAMES = [
  'authorization',
  'cookie',
  'set-cookie',
  'password',
  'currentPassword',
  'newPassword',
  'passwordHash',
  'seed',
  'secret',
  'secretKey',
  'SECRET_KEY',
  'token',
  'accessToken',
  'access_token',
  'refreshToken',
  'refresh_token',
]

/** Where Fastify itself keeps headers. */
const HEADERS = ['req.headers', 'res.headers']

/** Paths as pino's option `redact` takes them. */
export const redactedPaths: string[] = [
  ...SECRET_NAMES.flatMap((name) => [`["${name}"]`, `*["${name}"]`]),
  ...HEADERS.flatMap((headers) =>
    ['authorization', 'cookie', 'set-cookie'].map((name) => `${headers}["${name}"]`),
  ),
]
