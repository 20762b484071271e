/** What can be done with movies, and who may do it. It knows no HTTP and no SQL. */
import type { ListQuery, MovieChanges, MovieModel } from '../models/movies.ts'
import type { MovieRow } from '../models/tables.ts'

/** The part of `request.principal` that decides. */
export interface Caller {
  readonly userId: string
  /** Permissions, separated by spaces. */
  readonly scope: string
}

export interface NewMovie {
  readonly title: string
  readonly year: number
  readonly director?: string | null
}

export interface MoviePage {
  readonly movies: readonly MovieRow[]
  /** The id to pass as `after` for the next page; null on the last page. */
  readonly nextAfter: number | null
}

export interface Movies {
  list(query: ListQuery): MoviePage
  /** @throws MovieNotFound */
  find(id: number): MovieRow
  add(movie: NewMovie, owner: Caller): MovieRow
  /** @throws MovieNotFound */
  change(id: number, changes: MovieChanges): MovieRow
  /** @throws MovieNotFound */
  remove(id: number): void
}

export class MovieNotFound extends Error {
  readonly statusCode = 404
  readonly code = 'MOVIE_NOT_FOUND'

  constructor(id: number) {
    super(`There is no movie with the id ${id}`)
  }
}

/** An editor may change every movie, and an owner the own ones. */
export const mayChange = (movie: Pick<MovieRow, 'ownerId'>, caller: Caller): boolean =>
  movie.ownerId === caller.userId || caller.scope.split(' ').includes('movies:write')

/** @param now the time, in milliseconds since the Unix epoch */
export function createMovies(model: MovieModel, now: () => number = Date.now): Movies {
  return {
    list({ limit, ...query }) {
      // One more than the page tells whether there is a next page.
      const rows = model.list({ ...query, limit: limit + 1 })
      const movies = rows.slice(0, limit)
      const last = rows.length > limit ? movies.at(-1) : undefined
      return { movies, nextAfter: last?.id ?? null }
    },

    find(id) {
      const movie = model.find(id)
      if (movie === undefined) throw new MovieNotFound(id)
      return movie
    },

    add: ({ title, year, director = null }, owner) =>
      model.insert({ title, year, director, ownerId: owner.userId, createdAt: new Date(now()) }),

    change(id, changes) {
      const movie = model.update(id, changes)
      if (movie === undefined) throw new MovieNotFound(id)
      return movie
    },

    remove(id) {
      if (!model.remove(id)) throw new MovieNotFound(id)
    },
  }
}
