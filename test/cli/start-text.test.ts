import t from 'tap'
import { type RunningService, startText } from '../../src/cli/start-text.ts'

const service: RunningService = {
  address: '127.0.0.1',
  port: 3000,
  prefix: '',
  hasPages: true,
  hasMailPage: true,
  hasAdministrator: false,
  production: false,
  databaseUrl: 'file:./data/tacit.db',
  mail: { from: 'Tacit <tacit@localhost>', smtp: null },
}

const lines = (different: Partial<RunningService>): string[] =>
  startText({ ...service, ...different })
    .trim()
    .split('\n')
    .slice(2)

const pages = '  Pages     http://localhost:3000/'
const api = '  API       http://localhost:3000/docs/'
const database = '  Database  file:./data/tacit.db (stop the service before you delete or replace it)'
const mail = '  Mail      goes to the log and to http://localhost:3000/demo/mail'

t.test('names the pages, the API, the database, the mail and the command for an administrator', async (t) => {
  t.strictSame(lines({}), [
    pages,
    api,
    database,
    mail,
    '',
    '  There is no administrator yet. To make one, run in a second terminal in this folder:',
    '  npm run -s tacit -- user create you@example.com --role admin',
  ])
  t.strictSame(lines({ hasAdministrator: true }), [pages, api, database, mail])
})

t.test('leaves out pages that are off, and says who may read the API in production', async (t) => {
  const changes = { hasPages: false, production: true, hasAdministrator: true }
  t.strictSame(lines(changes), [`${api} (for administrators)`, database, mail])
})

t.test('says that a database in memory is lost, and names no command for it', async (t) => {
  t.strictSame(lines({ databaseUrl: ':memory:' }), [
    pages,
    api,
    '  Database  in memory: every account is lost when the service stops',
    mail,
  ])
})

t.test('shows the database on a server without its password', async (t) => {
  const databaseUrl = 'postgres://tacit:secret@db.example.com/tacit?sslmode=verify-full'
  t.equal(
    lines({ databaseUrl, hasAdministrator: true }).at(-2),
    '  Database  postgres://tacit@db.example.com/tacit',
  )
  t.match(lines({ databaseUrl }).at(-1), /user create/)
})

t.test('says where mail goes, without the password of its server', async (t) => {
  const from = 'Movies <movies@example.com>'
  const auth = { user: 'movies', pass: 'secret' }
  const smtp = { host: 'mail.example.com', port: 465, secure: true, auth, insecure: false }
  const lastLine = (different: Partial<RunningService>) =>
    lines({ hasAdministrator: true, ...different }).at(-1)
  t.equal(lastLine({ mail: { from, smtp } }), '  Mail      mail.example.com:465')
  t.equal(lastLine({ hasMailPage: false }), '  Mail      goes to the log')
  t.match(lastLine({ mail: null }), /^ {2}Mail {6}off, .*MAIL_URL/)
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
