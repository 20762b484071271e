import type { Column, SQL } from 'drizzle-orm'
import { sql } from './drizzle.ts'

/** A placeholder with the column's encoding: a bare one would compare an id's text with bytes. */
export const placeholder = (column: Column, name: string): SQL =>
  sql`${sql.param(sql.placeholder(name), column)}`
