/**
 * The service: what fastify-cli starts (`fastify start -o src/app.ts`), and what the tests build. Everything holds for the
 * whole application.
 */
import type { FastifyInstance } from 'fastify'
import { type ComposeOptions, compose } from './compose.ts'
import { readConfig } from './config/config.ts'
import { serverOptions } from './server-options.ts'
import { createWholeApplication } from './wiring/scope.ts'

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

/** Read by fastify-cli, which has loaded .env by then. A wrong setting stops the start here. */
export const options = serverOptions(readConfig())
