/**
 * The service: what fastify-cli starts (`fastify start -o src/app.ts`), and what the tests build. It loads plugins/,
 * which wire the core into Fastify, then routes/, whose folders are their paths.
 */
import { fileURLToPath } from 'node:url'
import autoload from '@fastify/autoload'
import { type FastifyInstance, type FastifyReply, type FastifyRequest, LogController } from 'fastify'
import type { AccountsOptions } from '../plugins/accounts.ts'
import type { ClockOptions } from '../plugins/clock.ts'
import type { EnvOptions } from '../plugins/env.ts'
import type { RolesOptions } from '../plugins/roles.ts'
import type { PagesOptions } from '../routes/pages/pages.ts'
import { redactedPaths } from './audit/redaction.ts'
import { type Config, readConfig } from './config/config.ts'
import { AuthError } from './errors.ts'
import { createClientErrorHandler } from './http/client-errors.ts'
import { answerHeaders } from './http/security-headers.ts'
import { STATUS_CODES } from './http/statuses.ts'
import { createInternals } from './wiring/internals.ts'

export interface AppOptions extends EnvOptions, ClockOptions, RolesOptions, PagesOptions, AccountsOptions {}

const folder = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))

export default async function app(fastify: FastifyInstance, options: AppOptions): Promise<void> {
  const { environment = {}, clock, roles, hashWorker, pagesFolder } = options
  createInternals(fastify)
  await fastify.register(autoload, {
    dir: folder('plugins'),
    options: {
      environment,
      ...(clock && { clock }),
      ...(hashWorker && { hashWorker }),
      ...(roles !== undefined && { roles }),
    },
  })
  await fastify.register(autoload, {
    dir: folder('routes'),
    options: { ...(pagesFolder && { pagesFolder }) },
  })
}

const LARGEST_BODY_BYTES = 64 * 1_024
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
  bodyLimit: LARGEST_BODY_BYTES,
  // What was not asked for is refused, not guessed at: no "1" for 1, no unknown property dropped in silence.
  ajv: { customOptions: { coerceTypes: false as const, removeAdditional: false as const } },
  clientErrorHandler: createClientErrorHandler(answerHeaders(browsers)),
  // What the router refuses reaches no hook and no error handler: a path that cannot be decoded, a parameter too long.
  frameworkErrors(_error: Error, _request: unknown, reply: Pick<FastifyReply, 'code' | 'headers' | 'send'>) {
    const { code, statusCode, message } = new AuthError('INVALID_REQUEST')
    reply.headers(answerHeaders(browsers))
    reply.code(statusCode)
    reply.send({ statusCode, code, error: STATUS_CODES[statusCode], message })
  },
})

/** Read by fastify-cli, which has loaded .env by then. A wrong setting stops the start here. */
export const options = serverOptions(readConfig())
