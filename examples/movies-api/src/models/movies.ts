import { and, asc, eq, gt } from 'drizzle-orm'
import type { BetterSQLite3Database } from 'drizzle-orm/better-sqlite3'
import { type MovieRow, movies } from './tables.ts'

export type NewMovieRow = Omit<MovieRow, 'id'>
export type MovieChanges = Partial<Pick<MovieRow, 'title' | 'year' | 'director'>>

export interface ListQuery {
  /** Only movies with a larger id. */
  readonly after: number
  readonly limit: number
  /** Only movies of this account. */
  readonly ownerId?: string | undefined
}

/** The table of movies. Each function is one statement. */
export interface MovieModel {
  list(query: ListQuery): MovieRow[]
  find(id: number): MovieRow | undefined
  insert(row: NewMovieRow): MovieRow
  /** Returns undefined if the movie does not exist. */
  update(id: number, changes: MovieChanges): MovieRow | undefined
  /** Returns whether the movie existed. */
  remove(id: number): boolean
}

export function createMovieModel(db: BetterSQLite3Database): MovieModel {
  return {
    list: ({ after, limit, ownerId }) =>
      db
        .select()
        .from(movies)
        .where(and(gt(movies.id, after), ownerId === undefined ? undefined : eq(movies.ownerId, ownerId)))
        .orderBy(asc(movies.id))
        .limit(limit)
        .all(),
    find: (id) => db.select().from(movies).where(eq(movies.id, id)).get(),
    insert: (row) => db.insert(movies).values(row).returning().get(),
    update: (id, changes) => db.update(movies).set(changes).where(eq(movies.id, id)).returning().get(),
    remove: (id) => db.delete(movies).where(eq(movies.id, id)).run().changes > 0,
  }
}
