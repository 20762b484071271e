import type { preHandlerHookHandler } from 'fastify'
import { AuthError } from 'tacit-auth/verifier'
import { type Movies, mayChange } from '../services/movies.ts'

/**
 * Admits the owner of the movie in the path, and editors. The owner is in the row and not in the
 * request, so `config.auth` cannot name it. The guard of the route runs first and has set
 * `request.principal`.
 */
export const createOwnMovie =
  (movies: Movies): preHandlerHookHandler =>
  async ({ params, principal }) => {
    const { movieId } = params as { movieId: string }
    if (!mayChange(movies.find(Number(movieId)), principal)) throw new AuthError('ACCESS_FORBIDDEN')
  }
