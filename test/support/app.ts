import { setImmediate as nextTurn } from 'node:timers/promises'
import Fastify, { type FastifyInstance, type InjectOptions, type LightMyRequestResponse } from 'fastify'
import fp from 'fastify-plugin'
import type { RoleDefinitions } from '../../src/access/roles.ts'
import app, { serverOptions } from '../../src/app.ts'
import { readConfig } from '../../src/config/config.ts'
import type { Environment } from '../../src/config/environment.ts'
import { createHashWorker } from '../../src/credentials/hash-worker.ts'
import type { Limits } from '../../src/limits/limits.ts'
import type { MailOptions } from '../../src/mail/mail.ts'
import { type MovableClock, movableClock } from './clock.ts'
import { Jar } from './jar.ts'
import { schemaCompilers } from './schema-compilers.ts'

/** The cheapest argon2: tests of passwords set their own. */
const CHEAP = { ARGON2_MEMORY_KIB: 1_024, ARGON2_PASSES: 1 } as const

/** A machine that is busy takes longer than the ten seconds of Fastify. */
const SLOW_START_MS = 100_000

export const SECRET = 'a-secret-for-tests-only-0123456789-abcdefghij'

// Forked processes would load the loaders of the test runner as well: 0.3 s of work in each test
// file.
process.execArgv = []

export const testEnvironment: Partial<Environment> = {
  NODE_ENV: 'test',
  SECRET_KEY: SECRET,
  DATABASE_URL: ':memory:',
  LOG_LEVEL: 'silent',
  RATE_LIMIT_MAX: 1_000_000,
  LOGIN_RATE_LIMIT_MAX: 1_000_000,
  ...CHEAP,
}

export interface Teardown {
  teardown(close: () => unknown): unknown
}

export interface TestApp {
  readonly app: FastifyInstance
  readonly clock: MovableClock
  /**
   * A request as a browser at this origin makes it. The jar sends its cookies and stores new ones.
   */
  request(options: InjectOptions, jar?: Jar): Promise<LightMyRequestResponse>
}

export interface TestAppOptions {
  readonly environment?: Partial<Environment>
  readonly clock?: MovableClock
  /** Adds routes of the test's own, before the service is ready. */
  readonly routes?: (app: FastifyInstance) => void
  /** Roles of the test's own. */
  readonly roles?: RoleDefinitions
  /** The jitter of access tokens. By default they live for the whole ACCESS_TOKEN_TTL. */
  readonly jitter?: () => number
  /** How mail looks and travels. */
  readonly mail?: MailOptions
  /** Counts that are shared with other services. */
  readonly limits?: Limits
  /** Where log lines go. */
  readonly log?: (line: string) => void
  /** Answers also when a busy machine makes the event loop late, where the service answers 503. */
  readonly neverBusy?: boolean
}

/** One for all services of a test file: a process costs more than most tests. */
const hashWorker = createHashWorker()

/** The real service, as src/app.ts composes it. */
export async function buildApp(t: Teardown, options: TestAppOptions = {}): Promise<TestApp> {
  const environment = { ...testEnvironment, LOG_LEVEL: 'debug', ...options.environment }
  const clock = options.clock ?? movableClock()
  const server = serverOptions(readConfig(environment))
  const stream = { write: options.log ?? (() => {}) }
  const fastify = Fastify({
    ...server,
    logger: { ...server.logger, stream },
    pluginTimeout: SLOW_START_MS,
    schemaController: schemaCompilers,
  })
  if (options.neverBusy) {
    fastify.addHook('onRoute', (route) => {
      route.config = Object.assign({}, route.config, { pressureHandler() {} })
    })
  }
  // Not encapsulated: the routes of a test are guarded as the service's own, and a test reaches its
  // decorators.
  const { roles, limits, jitter = () => 0, mail } = options
  await fastify.register(fp(app), {
    ...{ environment, clock, hashWorker, jitter },
    ...(roles && { roles }),
    ...(limits && { limits }),
    ...(mail && { mail }),
  })
  if (options.routes) fastify.register(async (scope) => options.routes?.(scope))
  await fastify.ready()
  t.teardown(() => fastify.close())

  return {
    app: fastify,
    clock,
    async request(request, jar) {
      // From outside, a request arrives in a turn of the event loop of its own.
      await nextTurn()
      const cookie = jar?.header()
      const response = await fastify.inject({
        ...request,
        headers: { 'sec-fetch-site': 'same-origin', ...(cookie && { cookie }), ...request.headers },
      })
      jar?.take(response.headers['set-cookie'])
      return response
    },
  }
}

export const PASSWORD = 'correct horse battery staple'

/** Registers an account. Returns the browser that did it. */
export async function signUp(
  { request }: TestApp,
  email = 'ada@example.com',
  password = PASSWORD,
): Promise<Jar> {
  const jar = new Jar()
  const response = await request({ method: 'POST', url: '/auth/register', payload: { email, password } }, jar)
  if (response.statusCode !== 201)
    throw new Error(`could not sign up: ${response.statusCode} ${response.body}`)
  return jar
}

/** Signs an account in. Returns the browser that did it. */
export async function signIn(
  { request }: TestApp,
  email = 'ada@example.com',
  { password = PASSWORD, remember = true, jar = new Jar() } = {},
): Promise<Jar> {
  const payload = { email, password, remember }
  const response = await request({ method: 'POST', url: '/auth/login', payload }, jar)
  if (response.statusCode !== 200)
    throw new Error(`could not sign in: ${response.statusCode} ${response.body}`)
  return jar
}
