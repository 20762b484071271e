import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { readConfig, serverOptions, type TacitOptions, tacit } from '../../src/index.ts'
import { type Teardown, testEnvironment } from './app.ts'

export const environment = { ...testEnvironment, LOG_LEVEL: 'warn' }

/**
 * The service for the routes of a part of the application. Fastify has given the prefix to that
 * part.
 */
export const scoped = async (app: FastifyInstance, { prefix: _prefix, ...options }: TacitOptions) => {
  await app.register(tacit, options)
}
/** The service for all routes of the application. It need not be wrapped, and may be. */
export const whole = fp(async (app: FastifyInstance, options: TacitOptions) => {
  await app.register(fp(tacit), options)
})

/** An application that registers the service itself. It is not started. */
export async function buildHost(t: Teardown, compose: (app: FastifyInstance) => unknown) {
  const server = serverOptions(readConfig(environment))
  const lines: string[] = []
  const stream = { write: (line: string) => lines.push(line) }
  // A machine that is busy takes longer than the ten seconds of Fastify.
  const app = Fastify({ ...server, logger: { ...server.logger, stream }, pluginTimeout: 100_000 })
  t.teardown(() => app.close())
  await compose(app)
  const start = async () => {
    await app.ready()
  }
  return { app, lines, start }
}
