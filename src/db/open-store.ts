import { ConfigError } from '../config/config-error.ts'
import type { Store } from '../store/store.ts'
import { createSqliteStore } from './sqlite/store.ts'

/**
 * Opens the store of a DATABASE_URL and migrates its tables.
 * @throws ConfigError with the reason if the database cannot be opened
 */
export function openStore(url: string): Store {
  try {
    return createSqliteStore({ url })
  } catch (error) {
    throw new ConfigError(`The database ${url} cannot be opened: ${reasonOf(error as Error)}`)
  }
}

/** drizzle's errors quote the query. The driver's error behind them gives the reason alone. */
const reasonOf = ({ message, cause }: Error): string => (cause instanceof Error ? cause.message : message)
