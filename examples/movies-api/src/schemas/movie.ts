import Type, { type Static } from 'typebox'
import type { MovieRow } from '../models/tables.ts'
import type { MoviePage } from '../services/movies.ts'

const FIRST_YEAR = 1888
const LAST_YEAR = 2100
const MAX_PAGE_SIZE = 100
const DEFAULT_PAGE_SIZE = 20

/** A text with at least one character that is no space. */
const line = (description: string) =>
  Type.String({ minLength: 1, maxLength: 200, pattern: '\\S', description })

const fields = {
  title: line('At most 200 characters'),
  year: Type.Integer({ minimum: FIRST_YEAR, maximum: LAST_YEAR }),
  director: Type.Union([line('At most 200 characters'), Type.Null()]),
}

export const MovieSchema = Type.Object({
  id: Type.Integer(),
  ownerId: Type.String({ description: 'Id of the account that added the movie' }),
  ...fields,
  createdAt: Type.String({ format: 'date-time' }),
})

export const MoviePageSchema = Type.Object({
  movies: Type.Array(MovieSchema),
  nextAfter: Type.Union([Type.Integer(), Type.Null()], {
    description: 'Pass it as `after` for the next page. Null on the last page.',
  }),
})

const closed = { additionalProperties: false }

export const NewMovieSchema = Type.Object({ ...fields, director: Type.Optional(fields.director) }, closed)

export const MovieChangesSchema = Type.Partial(Type.Object(fields), { ...closed, minProperties: 1 })

/** A number in a path or query is text: nothing is converted before it is checked. */
const id = (description: string) => Type.String({ pattern: '^[1-9][0-9]{0,14}$', description })

export const MovieParams = Type.Object({ movieId: id('Id of the movie') })

export const ListQuerySchema = Type.Object(
  {
    limit: Type.Optional(
      Type.String({
        pattern: '^([1-9][0-9]?|100)$',
        description: `Movies on the page: 1 to ${MAX_PAGE_SIZE}, by default ${DEFAULT_PAGE_SIZE}`,
      }),
    ),
    after: Type.Optional(id('nextAfter of the page before')),
    ownerId: Type.Optional(Type.String({ maxLength: 64, description: 'Only movies of this account' })),
  },
  closed,
)

export const toListQuery = ({ limit, after, ownerId }: Static<typeof ListQuerySchema>) => ({
  limit: Number(limit ?? DEFAULT_PAGE_SIZE),
  after: Number(after ?? 0),
  ownerId,
})

export const presentMovie = ({ createdAt, ...movie }: MovieRow) => ({
  ...movie,
  createdAt: createdAt.toISOString(),
})

export const presentPage = ({ movies, nextAfter }: MoviePage) => ({
  movies: movies.map(presentMovie),
  nextAfter,
})
