import Fastify, { type FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type AppOptions, readConfig, serverOptions, tacit } from '../../src/index.ts'
import { type Teardown, testEnvironment } from './app.ts'

export const environment = { ...testEnvironment, LOG_LEVEL: 'warn' }

// fastify-plugin marks the function that it is given. These are functions of their own.
/** The service with a scope of its own. */
export const scoped = (app: FastifyInstance, options: AppOptions) => tacit(app, options)
/** The service with the scope of the application. */
export const whole = fp((app: FastifyInstance, options: AppOptions) => tacit(app, options))

/** An application that registers the service itself. It is not started. */
export async function buildHost(t: Teardown, compose: (app: FastifyInstance) => unknown) {
  const server = serverOptions(readConfig(environment))
  const lines: string[] = []
  const stream = { write: (line: string) => lines.push(line) }
  const app = Fastify({ ...server, logger: { ...server.logger, stream } })
  t.teardown(() => app.close())
  await compose(app)
  const start = async () => {
    await app.ready()
  }
  return { app, lines, start }
}
