/** Migrates a database as a process of its own: `node migrate-postgres.ts <url> <folder>`. */
import { migrate } from '../../src/db/postgres/migrate.ts'

const [url, folder] = process.argv.slice(2) as [string, string]
await migrate({ url }, folder)
