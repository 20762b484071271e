import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { commandLine } from '../support/command-line.ts'
import { matchesWhole } from '../support/lists.ts'

t.test('secret prints a new secret that production accepts, without any settings', async (t) => {
  const { tacit, tacitJson, directory } = commandLine(t)
  const environment = { NODE_ENV: 'production', SECRET_KEY: '' }
  const { stdout } = await tacit(['secret'], { environment })
  t.match(stdout, /^[\w-]{43}\n$/)
  t.ok(readConfig({ NODE_ENV: 'production', SECRET_KEY: stdout.trim(), ISSUER: 'https://auth.example.com' }))
  const { secret } = await tacitJson<{ secret: string }>(['secret'], { environment })
  t.match(secret, /^[\w-]{43}$/)
  t.not(secret, stdout.trim())
  t.notOk(existsSync(join(directory, 'tacit.db')), 'and no database is made')
})

t.test('secret --write adds a secret to a file that only its owner can read afterwards', async (t) => {
  const { tacit, tacitJson, directory } = commandLine(t)
  const path = join(directory, '.env')
  const mask = process.umask(0o022)
  t.teardown(() => process.umask(mask))
  const modeOf = () => statSync(path).mode & 0o777
  const lines = () => readFileSync(path, 'utf8').split('\n')

  t.same(await tacit(['secret', '--write', '.env']), {
    status: 0,
    stdout: '.env has a SECRET_KEY now. Only its owner can read the file.\n',
    stderr: '',
  })
  t.equal(modeOf(), 0o600)
  matchesWhole(t, lines(), [/^SECRET_KEY=[\w-]{43}$/, ''])
  t.equal(lines().length, 2)
  const before = lines()
  t.same(await tacit(['secret', '--write', '.env']), {
    status: 1,
    stdout: '',
    stderr:
      'tacit: .env has a SECRET_KEY already. To change it, put a new one in front of it, separated by a comma\n',
  })
  t.same(lines(), before)

  writeFileSync(path, '#SECRET_KEY=\nPORT=4000')
  chmodSync(path, 0o644)
  t.same(await tacitJson(['secret', '--write', '.env']), { file: '.env' })
  t.equal(modeOf(), 0o600)
  matchesWhole(t, lines(), ['#SECRET_KEY=', 'PORT=4000', /^SECRET_KEY=[\w-]{43}$/, ''])

  const nowhere = await tacit(['secret', '--write', 'nowhere/.env'])
  t.match(nowhere, { status: 1, stdout: '', stderr: /^tacit: [^\n]*ENOENT[^\n]*\n$/ })
})

t.test('migrate creates the tables, and can be repeated', async (t) => {
  const { tacit, tacitJson, environment } = commandLine(t)
  const database = environment.DATABASE_URL
  const expected = { status: 0, stdout: `The tables in ${database} are up to date.\n`, stderr: '' }
  t.same(await tacit(['migrate']), expected)
  t.same(await tacit(['migrate']), expected)
  t.same(await tacitJson(['migrate']), { database })
})

t.test('prune deletes expired rows, and prints how many', async (t) => {
  const { tacit, tacitJson, environment } = commandLine(t)
  const store = createSqliteStore({ url: `${environment.DATABASE_URL}` })
  t.teardown(() => store.close())
  const unnamed = { userId: null, sessionId: null, actorId: null, ip: null, userAgent: null }
  const old = { type: 'enabled', ...unnamed, reason: null, facts: null }
  const addOld = () => store.addEvent({ ...old, at: 1 })
  await store.addEvent({ ...old, at: Date.now() })

  t.equal((await tacit(['prune'])).stdout, 'There was nothing to delete.\n')
  await addOld()
  t.equal((await tacit(['prune'])).stdout, 'Deleted 1 row.\n')
  await addOld()
  await addOld()
  t.equal((await tacit(['prune'])).stdout, 'Deleted 2 rows.\n')
  await addOld()
  t.same(await tacitJson(['prune']), { deleted: 1 })
  t.equal((await store.listEvents(10)).length, 1, 'what is recent stays')
})
