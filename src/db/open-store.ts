import type { Config } from '../config/config.ts'
import { ConfigError } from '../config/config-error.ts'
import type { Store } from '../store/store.ts'
import { isOnServer, shownUrl } from './database-url.ts'

export type DatabaseSettings = Pick<Config, 'databaseUrl' | 'databaseConnections' | 'feedMaxLagSeconds'>

/**
 * Opens the store of a DATABASE_URL and migrates its tables.
 * @throws ConfigError with the reason if the database cannot be opened
 */
export async function openStore(settings: DatabaseSettings): Promise<Store> {
  const url = settings.databaseUrl
  try {
    return await (isOnServer(url) ? openPostgres(settings) : openSqlite(url))
  } catch (error) {
    throw new ConfigError(
      `The database ${shownUrl(url)} cannot be opened: ${reasonOf(error as Error).replaceAll(url, shownUrl(url))}`,
    )
  }
}

// Imported when needed: a driver takes a tenth of a second and much memory.
async function openSqlite(url: string): Promise<Store> {
  const { createSqliteStore } = await import('./sqlite/store.ts')
  return createSqliteStore({ url })
}

async function openPostgres(settings: DatabaseSettings): Promise<Store> {
  const { createPostgresStore } = await import('./postgres/store.ts')
  return createPostgresStore({
    url: settings.databaseUrl,
    maxConnections: settings.databaseConnections,
    feedMaxLagMs: settings.feedMaxLagSeconds * 1_000,
  })
}

/** drizzle's errors quote the query. The driver's error behind them gives the reason alone. */
const reasonOf = ({ message, cause }: Error): string => (cause instanceof Error ? cause.message : message)
