/**
 * What the HTTP server of the service is created with.
 */
import { type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import { redactedPaths } from './audit/redaction.ts'
import type { Config } from './config/config.ts'
import { AuthError } from './errors.ts'
import { createClientErrorHandler } from './http/client-errors.ts'
import { INPUT_RULES, MAX_BODY_BYTES } from './http/input-rules.ts'
import { answerHeaders } from './http/security-headers.ts'
import { STATUS_CODES } from './http/statuses.ts'

const MAX_HEAD_MS = 60_000
const MAX_INTERVAL_MS = 30_000

/** Node.js looks for late requests at intervals. They are short beside the limit, so that the limit holds by a tenth. */
const timeLimits = (requestMs: number, connectionMs: number) => ({
  requestTimeout: requestMs,
  connectionTimeout: connectionMs,
  http: {
    headersTimeout: Math.min(MAX_HEAD_MS, requestMs),
    connectionsCheckingInterval: Math.min(MAX_INTERVAL_MS, Math.ceil(requestMs / 10)),
  },
})

/** A request as Fastify logs it, without its query: somebody may have put a token there. */
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

/** What the HTTP server is created with. */
export const serverOptions = ({
  logLevel,
  trustProxy,
  requestTimeoutSeconds,
  connectionTimeoutSeconds,
  ...browsers
}: ServerSettings) => ({
  logger: {
    level: logLevel,
    redact: { paths: redactedPaths, censor: '[redacted]' },
    serializers: { req: loggedRequest },
  },
  // A line for each security event, and none for each request unless they are asked for.
  logController: new LogController({ disableRequestLogging: !['debug', 'trace'].includes(logLevel) }),
  ...(trustProxy !== undefined && { trustProxy }),
  ...timeLimits(requestTimeoutSeconds * 1_000, connectionTimeoutSeconds * 1_000),
  bodyLimit: MAX_BODY_BYTES,
  ajv: INPUT_RULES,
  clientErrorHandler: createClientErrorHandler(answerHeaders(browsers)),
  // What the router refuses reaches no hook and no error handler: a path that cannot be decoded, a parameter too long.
  frameworkErrors(_error: Error, _request: unknown, reply: Pick<FastifyReply, 'code' | 'headers' | 'send'>) {
    const { code, statusCode, message } = new AuthError('INVALID_REQUEST')
    reply.headers(answerHeaders(browsers))
    reply.code(statusCode)
    reply.send({ statusCode, code, error: STATUS_CODES[statusCode], message })
  },
})
