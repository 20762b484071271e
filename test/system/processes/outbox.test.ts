/** Several processes with one outbox, and processes that die while they send. */
import t, { type Test } from 'tap'
import { createSqliteStore } from '../../../src/db/sqlite/store.ts'
import type { Store } from '../../../src/store/store.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { someMail } from '../../store/outbox.ts'
import { buildApp, PASSWORD } from '../../support/app.ts'
import { movableClock } from '../../support/clock.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { sendDue, startMailServer, tokenOf } from '../../support/mail-server.ts'
import { type ServerProcess, startServer, startServers } from '../../support/processes.ts'

const post = ({ port }: ServerProcess, path: string, body: object, headers = {}) =>
  fetch(`http://localhost:${port}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin', ...headers },
    body: JSON.stringify(body),
  })

const register = (server: ServerProcess, email: string) =>
  post(server, '/auth/register', { email, password: PASSWORD })
const forgot = (server: ServerProcess, email: string) => post(server, '/auth/password/forgot', { email })

async function bearerOf(server: ServerProcess, username: string): Promise<string> {
  const grant = { grant_type: 'password', username, password: PASSWORD }
  const response = await post(server, '/auth/token', grant)
  if (response.status !== 200) throw new Error(`could not sign in: ${response.status}`)
  return `Bearer ${((await response.json()) as { access_token: string }).access_token}`
}

t.test('four processes send each mail of one outbox once', async (t) => {
  const path = temporaryDatabase(t)
  const mail = await startMailServer(t)
  const servers = await startServers(t, 4, path, mail.settings)
  const addresses = Array.from({ length: 24 }, (_, n) => `person-${n}@example.com`)
  const at = (n: number) => servers[n % servers.length] as ServerProcess
  await Promise.all(addresses.map((email, n) => register(at(n), email)))
  const answers = await Promise.all(addresses.map((email, n) => forgot(at(n + 1), email)))
  t.ok(answers.every(({ status }) => status === 202))
  await mail.atLeast(addresses.length)

  const store = storeOf(t, path)
  while ((await store.countMail()).waiting > 0) await new Promise((resolve) => setTimeout(resolve, 20))
  t.same(mail.arrived.flatMap(({ recipients }) => recipients).toSorted(), addresses.toSorted())
  t.equal(new Set(mail.arrived.map(({ messageId }) => messageId)).size, addresses.length)
  t.ok((await store.listMail(100)).every(({ attempts, sealed }) => attempts === 1 && sealed === null))

  // A link of one process works in another, once.
  const token = tokenOf(mail.arrived[0])
  const used = await Promise.all(
    servers.map((server, n) =>
      post(server, '/auth/password/reset', { token, newPassword: `a violet horse in the battery ${n}` }),
    ),
  )
  t.same(used.map(({ status }) => status).toSorted(), [204, 400, 400, 400])

  // Two accounts confirm one address at two processes: one gets it, and every process knows.
  const email = 'wanted@example.com'
  const [changed] = mail.arrived[0]?.recipients ?? []
  const others = addresses.filter((each) => each !== changed).slice(0, 2)
  const owners = await Promise.all(others.map((each, n) => bearerOf(at(n), each)))
  for (const [n, authorization] of owners.entries()) {
    const body = { email, currentPassword: PASSWORD }
    t.equal((await post(at(n), '/me/email', body, { authorization })).status, 202)
  }
  const toWanted = () => mail.arrived.filter(({ recipients }) => recipients[0] === email)
  while (toWanted().length < 2) await mail.atLeast(mail.arrived.length + 1)
  const links = toWanted().map(tokenOf)
  const confirmed = await Promise.all(
    links.map((link, n) => post(at(n), '/auth/email/confirm', { token: link })),
  )
  t.same(confirmed.map(({ status }) => status).toSorted(), [204, 400])
  for (const server of servers) t.ok(await bearerOf(server, email))
})

/** Opens the database as the test itself. */
function storeOf(t: Test, path: string): Store {
  const store = createSqliteStore({ url: `file:${path}` })
  t.teardown(() => store.close())
  return store
}

/** Takes the lease, so that no process sends until it is given back. */
async function holdOutbox(store: Store): Promise<void> {
  const at = Date.now()
  const mail = someMail({ createdAt: at, to: null })
  await store.addMail(mail)
  await store.takeMail({ holder: 'test', at, leaseUntil: at + 3_600_000 })
  await store.settleMail(mail.id, 1, { kind: 'sent', at })
}

t.test('mail of a process that is killed before it sends is sent by another', async (t) => {
  const path = temporaryDatabase(t)
  const mail = await startMailServer(t)
  const first = await startServer(t, path, mail.settings)
  const store = storeOf(t, path)
  await register(first, 'ada@example.com')
  await holdOutbox(store)
  t.equal((await forgot(first, 'ada@example.com')).status, 202)
  await first.kill()
  const [written] = await store.listMail(1)
  t.match(written, { attempts: 0, sentAt: null })
  await store.releaseOutbox('test')
  await startServer(t, path, mail.settings)
  await mail.atLeast(1)
  t.strictSame(
    mail.arrived.map(({ messageId }) => messageId),
    [`<${written?.id}@movies.example>`],
  )
})

t.test('mail of a process that dies while it sends comes once more, with the same Message-ID', async (t) => {
  const path = temporaryDatabase(t)
  const seen: string[] = []
  let taken = () => {}
  const data = new Promise<void>((resolve) => {
    taken = resolve
  })
  const mail = await startMailServer(t, {
    onData(stream, _session, done) {
      let raw = ''
      stream.on('data', (chunk: Buffer) => {
        raw += chunk
      })
      stream.once('end', () => {
        seen.push(/^Message-ID: (.+)\r$/m.exec(raw)?.[1] ?? '')
        // The first time, the process is killed before it reads the answer.
        if (seen.length > 1) done()
        taken()
      })
    },
  })
  const first = await startServer(t, path, mail.settings)
  await register(first, 'ada@example.com')
  await forgot(first, 'ada@example.com')
  await data
  await first.kill()
  const store = storeOf(t, path)
  t.match(await store.listMail(1), [{ attempts: 1, sentAt: null }])

  const environment = { ...mail.settings, DATABASE_URL: `file:${path}` }
  const clock = movableClock(Date.now())
  const second = await buildApp(t, { environment, clock })
  await sendDue(second)
  t.equal(seen.length, 1, 'the lease of the dead process holds for a while')
  clock.advance(100)
  await sendDue(second)
  t.equal(seen.length, 2)
  t.equal(seen[0], seen[1])
  t.match(await store.listMail(1), [{ attempts: 2, sealed: null }])
})

t.test('two processes that take registrations of one address make one account of them', async (t) => {
  const path = temporaryDatabase(t)
  const mail = await startMailServer(t)
  const settings = { ...mail.settings, EMAIL_VERIFICATION: 'required' } as const
  const [one, two] = (await startServers(t, 2, path, settings)) as [ServerProcess, ServerProcess]
  const email = 'ada@example.com'
  const passwords = [PASSWORD, 'another lantern over the harbour'] as const
  const ask = (server: ServerProcess, password: string) => post(server, '/auth/register', { email, password })
  const answers = await Promise.all([ask(one, passwords[0]), ask(two, passwords[1])])
  t.same(
    answers.map(({ status }) => status),
    [202, 202],
  )
  await mail.atLeast(2)
  const tokens = mail.arrived.map(tokenOf)
  t.equal(new Set(tokens).size, 2)
  const confirmed = await Promise.all(
    [one, two].flatMap((server) => tokens.map((token) => post(server, '/auth/email/confirm', { token }))),
  )
  t.same(confirmed.map(({ status }) => status).toSorted(), [204, 400, 400, 400])
  const signedIn = await Promise.all(
    [one, two].flatMap((server) =>
      passwords.map((password) => post(server, '/auth/login', { email, password })),
    ),
  )
  t.same(signedIn.map(({ status }) => status).toSorted(), [200, 200, 401, 401], 'with one of the passwords')

  const store = storeOf(t, path)
  t.equal((await store.listUsers()).length, 1)
  t.equal((await store.listEvents(9, { type: 'registered' })).length, 1)
})

t.test('of two processes that use one invitation, one sets its password', async (t) => {
  const path = temporaryDatabase(t)
  const mail = await startMailServer(t)
  const servers = await startServers(t, 2, path, mail.settings)
  const environment = { ...mail.settings, DATABASE_URL: `file:${path}` }
  const inviting = await buildApp(t, { environment, clock: movableClock(Date.now()) })
  await internalsOf(inviting.app).invitations.invite({ email: 'grace@example.com' })
  await mail.atLeast(1)
  const token = tokenOf(mail.arrived[0])
  const used = await Promise.all(
    servers.map((server, n) =>
      post(server, '/auth/password/reset', { token, newPassword: `a violet horse in the battery ${n}` }),
    ),
  )
  t.same(used.map(({ status }) => status).toSorted(), [204, 400])
})
