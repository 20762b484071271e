/**
 * The whole service: fastify-cli starts it (`fastify start -o src/app.ts`), and the tests build it.
 * Its hooks, headers and limits hold for every route.
 */
import type { FastifyInstance } from 'fastify'
import { startText } from './cli/start-text.ts'
import { type ComposeOptions, compose } from './compose.ts'
import { readConfig } from './config/config.ts'
import { misspeltSettings } from './config/misspelt-settings.ts'
import { serverOptions } from './server-options.ts'
import { internalsOf } from './wiring/internals.ts'
import { createWholeApplication } from './wiring/scope.ts'

/** Parts that a test or another start script may hand in. */
export type AppOptions = Pick<
  ComposeOptions,
  | 'environment'
  | 'clock'
  | 'roles'
  | 'hashWorker'
  | 'limits'
  | 'publishMetrics'
  | 'pagesFolder'
  | 'jitter'
  | 'mail'
> & {
  /** Whether the start tells of misspelt settings and of what to do next. By default it does. */
  readonly isSilent?: boolean
}

export default async function app(fastify: FastifyInstance, options: AppOptions): Promise<void> {
  const { environment = {}, clock, roles, hashWorker, limits, publishMetrics } = options
  const { pagesFolder, jitter, mail } = options
  const parts = { environment, clock, roles, hashWorker, limits, publishMetrics, pagesFolder, jitter, mail }
  await compose(fastify, parts, createWholeApplication())
  if (options.isSilent) return
  for (const warning of misspeltSettings()) fastify.log.warn(warning)
  // A terminal is read by a person. Other readers get the log alone, which is JSON.
  if (process.stdout.isTTY) fastify.addHook('onListen', () => writeStartText(fastify))
}

async function writeStartText(fastify: FastifyInstance): Promise<void> {
  const address = fastify.server.address()
  // A service on a socket of the file system has no URL to show.
  if (address === null || typeof address === 'string') return
  const { prefix } = fastify
  const { config, accounts } = internalsOf(fastify)
  const hasPages = fastify.hasRoute({ method: 'GET', url: `${prefix}/` })
  const hasMailPage = fastify.hasRoute({ method: 'GET', url: `${prefix}/demo/mail` })
  const hasAdministrator = await accounts.hasAdministrator()
  process.stdout.write(startText({ ...address, ...config, prefix, hasPages, hasMailPage, hasAdministrator }))
}

export { serverOptions }

/** fastify-cli reads this export after it has loaded .env. A wrong setting stops the start here. */
export const options = serverOptions(readConfig())
