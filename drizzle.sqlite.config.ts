import { defineConfig } from 'drizzle-kit'

export default defineConfig({
  dialect: 'sqlite',
  schema: './src/db/sqlite/tables.ts',
  out: './src/db/sqlite/migrations',
})
