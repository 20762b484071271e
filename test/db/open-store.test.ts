import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { openStore } from '../../src/db/open-store.ts'
import { freePort } from '../support/postgres-server.ts'

const SETTINGS = { databaseConnections: 2, feedMaxLagSeconds: 0.25 }

t.test('names a server that does not answer, and no password', async (t) => {
  const port = await freePort()
  const databaseUrl = `postgres://tacit:secret@127.0.0.1:${port}/tacit`
  await t.rejects(openStore({ ...SETTINGS, databaseUrl }), {
    name: 'ConfigError',
    message: `The database postgres://tacit@127.0.0.1:${port}/tacit cannot be opened: connect ECONNREFUSED 127.0.0.1:${port}`,
  })
})

t.test('loads the driver of its own database alone', async (t) => {
  const module = fileURLToPath(new URL('../../src/db/open-store.ts', import.meta.url))
  const loadedBy = (databaseUrl: string): string[] => {
    const program = `
      import { createRequire } from 'node:module'
      const { openStore } = await import(${JSON.stringify(module)})
      const store = await openStore(${JSON.stringify({ ...SETTINGS, databaseUrl })}).catch(() => undefined)
      await store?.close()
      const names = Object.keys(createRequire(import.meta.url).cache)
      const packages = names.flatMap((name) => /node_modules\\/(pg|better-sqlite3)\\//.exec(name)?.[1] ?? [])
      console.log([...new Set(packages)].join())`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', program], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH },
    })
    return stdout.trim().split(',')
  }
  t.strictSame(loadedBy(':memory:'), ['better-sqlite3'])
  t.strictSame(loadedBy('postgres://tacit@127.0.0.1:1/tacit'), ['pg'])
})
