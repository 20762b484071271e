import t from 'tap'
import { startText } from '../../src/cli/start-text.ts'

const service = {
  address: '127.0.0.1',
  port: 3000,
  prefix: '',
  hasPages: true,
  hasAdministrator: false,
  production: false,
  databaseUrl: 'file:./data/tacit.db',
}

const lines = (different: Partial<typeof service>): string[] =>
  startText({ ...service, ...different })
    .trim()
    .split('\n')
    .slice(2)

const pages = '  Pages     http://localhost:3000/'
const api = '  API       http://localhost:3000/docs/'
const database = '  Database  file:./data/tacit.db (stop the service before you delete or replace it)'

t.test('names the pages, the API, the database and the command for an administrator', async (t) => {
  t.strictSame(lines({}), [
    pages,
    api,
    database,
    '',
    '  There is no administrator yet. To make one, run in a second terminal in this folder:',
    '  npm run -s tacit -- user create you@example.com --role admin',
  ])
  t.strictSame(lines({ hasAdministrator: true }), [pages, api, database])
})

t.test('leaves out pages that are off, and says who may read the API in production', async (t) => {
  const changes = { hasPages: false, production: true, hasAdministrator: true }
  t.strictSame(lines(changes), [`${api} (for administrators)`, database])
})

t.test('says that a database in memory is lost, and names no command for it', async (t) => {
  t.strictSame(lines({ databaseUrl: ':memory:' }), [
    pages,
    api,
    '  Database  in memory: every account is lost when the service stops',
  ])
})

t.test('shows the database on a server without its password', async (t) => {
  const databaseUrl = 'postgres://tacit:secret@db.example.com/tacit?sslmode=verify-full'
  t.equal(
    lines({ databaseUrl, hasAdministrator: true }).at(-1),
    '  Database  postgres://tacit@db.example.com/tacit',
  )
  t.match(lines({ databaseUrl }).at(-1), /user create/)
})

t.test('shows the address that a browser can open', async (t) => {
  for (const [address, host] of [
    ['0.0.0.0', 'localhost'],
    ['::', 'localhost'],
    ['::1', 'localhost'],
    ['10.0.0.5', '10.0.0.5'],
    ['fd00::5', '[fd00::5]'],
  ] as const) {
    t.equal(lines({ address, prefix: '/auth' })[0], `  Pages     http://${host}:3000/auth/`)
  }
})
