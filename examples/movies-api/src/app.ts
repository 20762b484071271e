import swagger from '@fastify/swagger'
import Fastify, { type FastifyServerOptions } from 'fastify'
import { type TacitVerifierOptions, tacitVerifier } from 'tacit-auth/verifier'
import { openDatabase } from './models/database.ts'
import { createMovieModel } from './models/movies.ts'
import { docsRouter } from './routers/docs.ts'
import { healthRouter } from './routers/health.ts'
import { moviesRouter } from './routers/movies.ts'
import { createMovies } from './services/movies.ts'

export interface AppOptions {
  readonly databaseFile: string
  /** Who issues the tokens, and how the service hears of revocations. */
  readonly verifier: TacitVerifierOptions
  readonly logger?: FastifyServerOptions['logger']
}

/** Composes the service: models, services, routers. It does not listen yet. */
export async function buildApp({ databaseFile, verifier, logger = false }: AppOptions) {
  const app = Fastify({
    logger,
    // Wrong input is refused: "1999" is not converted to 1999, and no unknown field is dropped.
    ajv: { customOptions: { coerceTypes: false, removeAdditional: false } },
  })

  app.setErrorHandler((error: Error & { statusCode?: number }, request, reply) => {
    const { statusCode = 500 } = error
    // Fastify sends the code, the message and the status of the error.
    if (statusCode < 500 || statusCode === 503) return reply.send(error)
    request.log.error({ err: error }, 'The request failed')
    return reply.code(500).send(new Error('The request failed'))
  })

  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: { title: 'Movies', version: '1.0.0' },
      // The verifier names this scheme at each guarded route.
      components: { securitySchemes: { bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' } } },
    },
  })
  // Before the routes, which it guards.
  await app.register(tacitVerifier, verifier)

  const database = openDatabase(databaseFile)
  app.addHook('onClose', async () => database.close())
  const movies = createMovies(createMovieModel(database.db))
  await app.register(moviesRouter, { movies })
  await app.register(healthRouter)
  await app.register(docsRouter)
  return app
}
