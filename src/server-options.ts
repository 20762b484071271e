/** The options that the HTTP server is created with. */
import { type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { CENSOR, redactedPaths, redactNested } from './audit/redaction.ts'
import type { Config } from './config/config.ts'
import { AuthError } from './errors.ts'
import { createClientErrorHandler } from './http/client-errors.ts'
import { INPUT_RULES, MAX_BODY_BYTES } from './http/input-rules.ts'
import { answerHeaders } from './http/security-headers.ts'
import { STATUS_CODES } from './http/statuses.ts'

const MAX_HEAD_MS = 60_000
const MAX_INTERVAL_MS = 30_000

/**
 * Node.js checks for late requests at intervals. At a tenth of the limit, a request ends at most a
 * tenth late.
 */
const timeLimits = (requestMs: number, connectionMs: number) => ({
  requestTimeout: requestMs,
  connectionTimeout: connectionMs,
  http: {
    headersTimeout: Math.min(MAX_HEAD_MS, requestMs),
    connectionsCheckingInterval: Math.min(MAX_INTERVAL_MS, Math.ceil(requestMs / 10)),
  },
})

/**
 * The fields of a request that Fastify logs. The query is left out, because it may hold a token.
 */
const loggedRequest = ({ method, url, host, ip }: FastifyRequest) => ({
  method,
  url: url.replace(/\?.*/s, ''),
  host,
  remoteAddress: ip,
})

type ServerSettings = Pick<
  Config,
  | 'logLevel'
  | 'trustProxy'
  | 'trustedOrigins'
  | 'cookieSecure'
  | 'requestTimeoutSeconds'
  | 'connectionTimeoutSeconds'
>

/**
 * Returns the options for `Fastify()`: log level and redaction, trusted proxies, time limits in
 * milliseconds, the body limit in bytes, and how malformed requests are answered. Throws nothing:
 * `readConfig` has checked the settings. Without these options, a request may take for ever.
 *
 * @example
 * import Fastify from 'fastify'
 * import { readConfig, serverOptions } from 'tacit-auth'
 *
 * const app = Fastify(serverOptions(readConfig()))
 */
export const serverOptions = ({
  logLevel,
  trustProxy,
  requestTimeoutSeconds,
  connectionTimeoutSeconds,
  ...browsers
}: ServerSettings) => ({
  logger: {
    level: logLevel,
    redact: { paths: redactedPaths, censor: CENSOR },
    formatters: { log: redactNested },
    serializers: { req: loggedRequest },
  },
  // Security events have log lines. Requests have them only at the levels debug and trace.
  logController: new LogController({ disableRequestLogging: !['debug', 'trace'].includes(logLevel) }),
  ...(trustProxy !== undefined && { trustProxy }),
  ...timeLimits(requestTimeoutSeconds * 1_000, connectionTimeoutSeconds * 1_000),
  bodyLimit: MAX_BODY_BYTES,
  ajv: INPUT_RULES,
  clientErrorHandler: createClientErrorHandler(answerHeaders(browsers)),
  // Errors of the router reach no hook and no error handler: a malformed path, or a parameter that
  // is too long.
  frameworkErrors(_error: Error, _request: unknown, reply: Pick<FastifyReply, 'code' | 'headers' | 'send'>) {
    const { code, statusCode, message } = new AuthError('INVALID_REQUEST')
    reply.headers(answerHeaders(browsers))
    reply.code(statusCode)
    reply.send({ statusCode, code, error: STATUS_CODES[statusCode], message })
  },
})
