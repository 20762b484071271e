import { ConfigError } from '../config/config-error.ts'
import type { Store } from '../store/store.ts'
import { createSqliteStore } from './sqlite/store.ts'

/**
 * The store behind a DATABASE_URL, with its tables up to date.
 * @throws ConfigError in one sentence when it cannot be opened
 */
export function openStore(url: string): Store {
  try {
    return createSqliteStore({ url })
  } catch (error) {
    throw new ConfigError(`The database ${url} cannot be opened: ${reasonOf(error as Error)}`)
  }
}

/** Errors of the driver hide behind queries, which are nobody's business. */
const reasonOf = ({ message, cause }: Error): string => (cause instanceof Error ? cause.message : message)
