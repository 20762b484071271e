/**
 * Nodes of the service on one PostgreSQL. They share a clock, so that a test can let time pass. The
 * age of what they know of the change feed is real time.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { Environment } from '../../../src/config/environment.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../../support/app.ts'
import { movableClock } from '../../support/clock.ts'
import { commandLine } from '../../support/command-line.ts'
import { databaseLine } from '../../support/database-line.ts'
import type { Jar } from '../../support/jar.ts'
import { loggedToken, MAIL_TO_LOG } from '../../support/mail-server.ts'
import { needsPostgres, onServer, ownPostgres, temporaryPostgres } from '../../support/postgres.ts'
import { isRefusedInTime, MAX_LAG_MS, statusAt, untilReady } from '../../support/postgres-nodes.ts'
import {
  ACCESS_TTL,
  clearsCookies,
  GRACE,
  HOUR,
  keepsCookies,
  LOGOUT,
  ME,
  proveReceipt,
  REFRESH,
  refreshTokenOf,
  SETTLE,
} from '../../support/rotation.ts'

/** A node for each URL of the database. */
async function nodesAt(t: Test, urls: readonly string[], settings: Partial<Environment> = {}) {
  const clock = movableClock()
  const nodes: TestApp[] = []
  for (const DATABASE_URL of urls)
    nodes.push(await buildApp(t, { clock, environment: { ...settings, DATABASE_URL } }))
  return { clock, nodes, here: nodes[0] as TestApp, there: nodes[1] as TestApp }
}

async function twoNodes(t: Test) {
  const url = await temporaryPostgres(t)
  return { url, ...(await nodesAt(t, [url, url])) }
}

const eventsOf = async ({ app }: TestApp): Promise<string[]> =>
  (await internalsOf(app).store.listEvents(1_000)).map(({ type }) => type)

t.test('nodes on PostgreSQL', needsPostgres, async (t) => {
  t.test('sign in at one, refresh at another, and find a replay at the first', async (t) => {
    const { here, there, clock } = await twoNodes(t)
    const jar = await signUp(here)
    t.equal(await statusAt(there, jar), 200)
    const thief = jar.copy()
    clock.advance(HOUR)
    const refreshed = await there.request(ME, jar)
    t.equal(refreshed.statusCode, 200)
    t.ok(refreshTokenOf(refreshed), 'silently')
    await proveReceipt(there, jar)
    clock.advance(ACCESS_TTL)
    const replayed = await here.request(REFRESH, thief)
    t.equal(replayed.statusCode, 401)
    clearsCookies(t, replayed)
    t.match(await eventsOf(there), ['refresh-reused'])
    await isRefusedInTime(t, there, jar, performance.now())
  })

  t.test('rotate once, of fifty requests at both', async (t) => {
    const { nodes, here, clock } = await twoNodes(t)
    const jar = await signUp(here)
    for (let round = 1; round <= 5; round += 1) {
      clock.advance(HOUR)
      const answers = await Promise.all(
        Array.from({ length: 50 }, (_, place) => (nodes[place % 2] as TestApp).request(ME, jar.copy())),
      )
      t.same(new Set(answers.map(({ statusCode }) => statusCode)), new Set([200]))
      t.equal(new Set(answers.map(refreshTokenOf)).size, 1)
      for (const { headers } of answers) jar.take(headers['set-cookie'])
    }
    const [session] = await internalsOf(here.app).store.listSessions(
      (await internalsOf(here.app).store.listUsers())[0]?.id as string,
      clock.now(),
    )
    t.equal(session?.generation, 6)
  })

  t.test(
    'make one account of the registrations of one address, and one password of an invitation',
    async (t) => {
      const url = await temporaryPostgres(t)
      const { here, there } = await nodesAt(t, [url, url], { ...MAIL_TO_LOG, EMAIL_VERIFICATION: 'required' })
      const [email, other] = ['ada@example.com', 'another lantern over the harbour']
      const tokens: string[] = []
      for (const password of [PASSWORD, other]) {
        await here.request({ method: 'POST', url: '/auth/register', payload: { email, password } })
        tokens.push(await loggedToken(here, email, 'confirm-address'))
      }
      const statuses = async (path: string, bodies: readonly object[]) => {
        const asked = [here, there].flatMap(({ request }) =>
          bodies.map((payload) => request({ method: 'POST', url: path, payload })),
        )
        return (await Promise.all(asked)).map(({ statusCode }) => statusCode).toSorted()
      }
      const links = tokens.map((token) => ({ token }))
      t.same(await statuses('/auth/email/confirm', links), [204, 400, 400, 400])
      const logins = [PASSWORD, other].map((password) => ({ email, password }))
      t.same(await statuses('/auth/login', logins), [200, 200, 401, 401])

      await internalsOf(here.app).invitations.invite({ email: 'grace@example.com' })
      const token = await loggedToken(here, 'grace@example.com', 'invitation')
      t.same(await statuses('/auth/password/reset', [{ token, newPassword: PASSWORD }]), [204, 400])
    },
  )

  t.test('refuse a session 250 ms after it has ended at another one, at the latest', async (t) => {
    const { here, there } = await twoNodes(t)
    for (let person = 0; person < 8; person += 1) {
      const jar = await signUp(here, `p${person}@example.com`)
      t.equal(await statusAt(there, jar), 200, 'the node remembers it')
      t.equal((await here.request(LOGOUT, jar.copy())).statusCode, 204)
      await isRefusedInTime(t, there, jar, performance.now())
    }
  })

  t.test('serve no ended session while the network to the database swallows every byte', async (t) => {
    const url = await temporaryPostgres(t)
    const line = await databaseLine(t, url)
    const { here, there } = await nodesAt(t, [url, line.url])
    const [ended, honest] = [await signUp(here), await signUp(here, 'grace@example.com')]
    for (const jar of [ended, honest]) t.equal(await statusAt(there, jar), 200)
    line.swallow()
    t.equal((await here.request(LOGOUT, ended.copy())).statusCode, 204)
    await sleep(MAX_LAG_MS)
    const answers = [there.request(ME, ended), there.request(ME, honest), there.request(REFRESH, honest)]
    for (const answer of await Promise.all(answers)) {
      t.equal(answer.statusCode, 503, 'not by what it remembers')
      keepsCookies(t, answer)
    }
    t.equal((await there.request({ url: '/health/ready' })).statusCode, 503)
    line.mend()
    await untilReady(there)
    t.equal(await statusAt(there, ended.copy()), 401)
    t.equal(await statusAt(there, honest), 200)
  })

  t.test('keep an honest client signed in although their clocks are five seconds apart', async (t) => {
    const url = await temporaryPostgres(t)
    const clocks = [movableClock(), movableClock()] as const
    clocks[1].step(5)
    const nodes: TestApp[] = []
    for (const clock of clocks) nodes.push(await buildApp(t, { clock, environment: { DATABASE_URL: url } }))
    const jar = await signUp(nodes[0] as TestApp)
    const statuses = new Set<number>()
    for (let step = 0; step < 120; step += 1) {
      // Each pair of nodes and each moment around the limits comes up, with and without the answer.
      const node = nodes[(step + (step >> 3)) % 2] as TestApp
      const isLost = step % 3 === 1
      const response = await node.request(step % 5 === 0 ? REFRESH : ME, isLost ? jar.copy() : jar)
      statuses.add(response.statusCode)
      const seconds = [0, 1, GRACE - 5, GRACE, SETTLE - 5, SETTLE, ACCESS_TTL, HOUR][step % 8] as number
      for (const clock of clocks) clock.advance(seconds)
    }
    t.strictSame([...statuses].sort(), [200, 204])
    t.notOk((await eventsOf(nodes[0] as TestApp)).includes('refresh-reused'))
  })

  t.test('share the database with the command line, which prints no password', async (t) => {
    const url = await temporaryPostgres(t)
    const line = commandLine(t)
    const settings = { environment: { DATABASE_URL: url } }
    const { pathname, host, username, password } = new URL(url)
    const migrated = await line.tacit(['migrate'], settings)
    t.equal(migrated.stdout, `The tables in postgres://${username}@${host}${pathname} are up to date.\n`)
    const created = ['user', 'create', 'ada@example.com', '--role', 'admin', '--password-stdin']
    t.match(await line.tacit(created, { ...settings, input: `${PASSWORD}\n` }), { status: 0 })
    const { here } = await nodesAt(t, [url])
    const jar = await signIn(here)
    t.equal(await statusAt(here, jar), 200)
    const listed = await line.tacit(['user', 'list'], settings)
    t.match(listed.stdout, /ada@example.com/)
    t.notMatch(JSON.stringify([migrated, listed]), password)
    const revoked = await line.tacit(['session', 'revoke', '--user', 'ada@example.com'], settings)
    t.match(revoked, { status: 0 })
    await isRefusedInTime(t, here, jar, performance.now())
  })

  t.test('sign no honest client out when the database restarts and connections are killed', async (t) => {
    const server = await ownPostgres(t)
    const url = server.urlOf('postgres')
    const { nodes, here, clock } = await nodesAt(t, [url, url])
    const people: Jar[] = []
    for (let person = 0; person < 6; person += 1) people.push(await signUp(here, `p${person}@example.com`))
    const seen = new Set<number>()
    let isOver = false
    const visits = people.map(async (jar, person) => {
      for (let visit = person; !isOver; visit += 1) {
        const node = nodes[visit % 2] as TestApp
        // Every other visit refreshes, as long as the token has settled.
        seen.add((await node.request(visit % 4 < 2 ? ME : REFRESH, jar)).statusCode)
        clock.advance(SETTLE / 4)
      }
    })
    const killAll =
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name LIKE 'tacit%'"
    for (let round = 0; round < 3; round += 1) {
      await sleep(50)
      await onServer(url, (client) => client.query(killAll))
    }
    await server.kill()
    await sleep(100)
    await server.start()
    await Promise.all(nodes.map(untilReady))
    await sleep(50)
    isOver = true
    await Promise.all(visits)
    t.ok(
      [...seen].every((status) => [200, 204, 503].includes(status)),
      `seen: ${[...seen]}`,
    )
    clock.advance(HOUR)
    for (const [person, jar] of people.entries())
      t.equal(await statusAt(nodes[person % 2] as TestApp, jar), 200)
    t.notOk((await eventsOf(here)).includes('refresh-reused'))
  })
})
