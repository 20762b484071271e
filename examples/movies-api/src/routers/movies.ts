import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox'
import Type from 'typebox'
import { ErrorSchema } from '../schemas/error.ts'
import {
  ListQuerySchema,
  MovieChangesSchema,
  MoviePageSchema,
  MovieParams,
  MovieSchema,
  NewMovieSchema,
  presentMovie,
  presentPage,
  toListQuery,
} from '../schemas/movie.ts'
import type { Movies } from '../services/movies.ts'
import { createOwnMovie } from './own-movie.ts'

const tags = ['movies']
const NOT_FOUND = { 404: ErrorSchema }
const signedIn = { auth: 'signed-in' } as const

export interface MoviesRouterOptions {
  readonly movies: Movies
}

export const moviesRouter: FastifyPluginAsyncTypebox<MoviesRouterOptions> = async (app, { movies }) => {
  const ownMovie = createOwnMovie(movies)

  app.get(
    '/movies',
    {
      config: signedIn,
      schema: {
        tags,
        summary: 'Movies in the order in which they were added',
        querystring: ListQuerySchema,
        response: { 200: MoviePageSchema },
      },
    },
    async ({ query }) => presentPage(movies.list(toListQuery(query))),
  )

  app.get(
    '/movies/:movieId',
    {
      config: signedIn,
      schema: {
        tags,
        summary: 'One movie',
        params: MovieParams,
        response: { 200: MovieSchema, ...NOT_FOUND },
      },
    },
    async ({ params }) => presentMovie(movies.find(Number(params.movieId))),
  )

  app.post(
    '/movies',
    {
      config: signedIn,
      schema: { tags, summary: 'Add a movie', body: NewMovieSchema, response: { 201: MovieSchema } },
    },
    async ({ body, principal }, reply) => {
      const movie = movies.add(body, principal)
      return reply.code(201).header('location', `/movies/${movie.id}`).send(presentMovie(movie))
    },
  )

  app.patch(
    '/movies/:movieId',
    {
      config: signedIn,
      preHandler: ownMovie,
      schema: {
        tags,
        summary: 'Change a movie',
        description: 'For its owner, and for callers with the permission `movies:write`.',
        params: MovieParams,
        body: MovieChangesSchema,
        response: { 200: MovieSchema, ...NOT_FOUND },
      },
    },
    async ({ params, body }) => presentMovie(movies.change(Number(params.movieId), body)),
  )

  app.delete(
    '/movies/:movieId',
    {
      config: signedIn,
      preHandler: ownMovie,
      schema: {
        tags,
        summary: 'Delete a movie',
        description: 'For its owner, and for callers with the permission `movies:write`.',
        params: MovieParams,
        response: { 204: Type.Null(), ...NOT_FOUND },
      },
    },
    async ({ params }, reply) => {
      movies.remove(Number(params.movieId))
      return reply.code(204).send(null)
    },
  )

  app.get(
    '/users/:userId/movies',
    {
      config: { auth: { owner: 'params.userId', or: { permission: 'movies:write' } } },
      schema: {
        tags,
        summary: 'The movies of one account',
        description: 'For the account itself, and for callers with the permission `movies:write`.',
        params: Type.Object({ userId: Type.String({ maxLength: 64 }) }),
        querystring: Type.Omit(ListQuerySchema, ['ownerId'], { additionalProperties: false }),
        response: { 200: MoviePageSchema },
      },
    },
    async ({ params, query }) => presentPage(movies.list({ ...toListQuery(query), ownerId: params.userId })),
  )
}
