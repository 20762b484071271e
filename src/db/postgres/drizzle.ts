/**
 * drizzle-orm, loaded as CommonJS: see sqlite/drizzle.ts. Only the builders of statements: the
 * driver runs them (statements.ts).
 */
import { createRequire } from 'node:module'

const require = createRequire(import.meta.url)

export const {
  and,
  asc,
  desc,
  eq,
  fillPlaceholders,
  getTableColumns,
  getTableName,
  gt,
  gte,
  inArray,
  isNotNull,
  isNull,
  lt,
  lte,
  ne,
  notInArray,
  or,
  sql,
} = require('drizzle-orm') as typeof import('drizzle-orm')

export const { bigint, boolean, customType, index, integer, pgTable, uniqueIndex } =
  require('drizzle-orm/pg-core') as typeof import('drizzle-orm/pg-core')

const { drizzle } = require('drizzle-orm/node-postgres') as typeof import('drizzle-orm/node-postgres')

/** Builds statements. It has no connection. */
export const db = drizzle.mock()

export const { readMigrationFiles } = require('drizzle-orm/migrator') as typeof import('drizzle-orm/migrator')
