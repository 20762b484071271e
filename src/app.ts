/**
 * The whole service: fastify-cli starts it (`fastify start -o src/app.ts`), and the tests build it.
 * Its hooks, headers and limits hold for every route.
 */
import type { FastifyInstance } from 'fastify'
import { type ComposeOptions, compose } from './compose.ts'
import { readConfig } from './config/config.ts'
import { serverOptions } from './server-options.ts'
import { createWholeApplication } from './wiring/scope.ts'

/** Parts that a test or another start script may hand in. */
export type AppOptions = Pick<
  ComposeOptions,
  'environment' | 'clock' | 'roles' | 'hashWorker' | 'pagesFolder'
>

export default async function app(
  fastify: FastifyInstance,
  { environment = {}, clock, roles, hashWorker, pagesFolder }: AppOptions,
): Promise<void> {
  await compose(fastify, { environment, clock, roles, hashWorker, pagesFolder }, createWholeApplication())
}

export { serverOptions }

/** fastify-cli reads this export after it has loaded .env. A wrong setting stops the start here. */
export const options = serverOptions(readConfig())
