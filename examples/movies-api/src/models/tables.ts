import { index, integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'

export const movies = sqliteTable(
  'movies',
  {
    // AUTOINCREMENT: the id of a deleted movie is not given to another one.
    id: integer('id').primaryKey({ autoIncrement: true }),
    /** The account of the auth service: the `sub` of its tokens. There is no table of people here. */
    ownerId: text('owner_id').notNull(),
    title: text('title').notNull(),
    year: integer('year').notNull(),
    director: text('director'),
    createdAt: integer('created_at', { mode: 'timestamp_ms' }).notNull(),
  },
  (table) => [index('movies_owner_id').on(table.ownerId)],
)

/** A movie as it is stored. */
export type MovieRow = typeof movies.$inferSelect
