import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import {
  browse,
  countRotations,
  expire,
  letTimePass,
  openBeside,
  registerAt,
  signInAt,
} from '../../support/browser.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { type ServerProcess, startServers } from '../../support/processes.ts'
import { ME, REFRESH, refreshTokenOf } from '../../support/rotation.ts'
import { rounds } from '../../support/rounds.ts'
import { send } from '../../support/socket.ts'

const PROCESSES = 4
/** Sessions of an account. */
const LIMIT = 4
const path = temporaryDatabase(t)
const servers = await startServers(t, PROCESSES, path, { MAX_SESSIONS_PER_USER: LIMIT })
const database = openBeside(t, path)
const rotations = countRotations(database)
const portFor = (request: number) => (servers[request % PROCESSES] as ServerProcess).port
const logs = () => servers.map((server) => server.logged()).join('')

t.test('3: the same over 4 processes on one database: the same', async (t) => {
  const REPETITIONS = rounds(25, 100)
  const jar = await registerAt(portFor(0), 'ada@example.com')

  for (let repetition = 1; repetition <= REPETITIONS; repetition += 1) {
    const before = rotations()
    letTimePass(database, expire(jar))
    // Every other time no process can write until all of them have read the row.
    const together = repetition % 2 === 0
    if (together) database.exec('BEGIN IMMEDIATE')
    const sent = Array.from({ length: 50 }, (_, request) => send(portFor(request), ME, jar))
    if (together) {
      await sleep(100)
      database.exec('COMMIT')
    }
    const answers = await Promise.all(sent)
    const outcome = {
      answered: answers.filter(({ statusCode }) => statusCode === 200).length,
      refreshTokens: new Set(answers.map(refreshTokenOf)).size,
      rotations: rotations() - before,
    }
    t.strictSame(outcome, { answered: 50, refreshTokens: 1, rotations: 1 }, `repetition ${repetition}`)
    for (const { headers } of answers) jar.take(headers['set-cookie'])
  }

  t.equal(logs(), '', 'nothing to warn of')
  t.comment(`${REPETITIONS} repetitions of 50 requests over ${PROCESSES} processes`)
})

t.test(
  'one of two new passwords at two processes is accepted, and each process refuses copies',
  async (t) => {
    const jar = await registerAt(portFor(0), 'grace@example.com')
    const thief = jar.copy()
    for (let request = 0; request < PROCESSES; request += 1) {
      t.equal((await browse(portFor(request), ME, thief)).statusCode, 200, 'each process remembers the token')
    }
    const change = (server: number, newPassword: string) =>
      browse(portFor(server), { method: 'POST', url: '/me/password' }, jar.copy(), { newPassword })
    const answers = await Promise.all([
      change(0, 'a quiet lake beneath nine hills'),
      change(1, 'nine quiet hills above a lake'),
    ])
    t.same(answers.map(({ statusCode }) => statusCode).sort(), [204, 401])

    for (const { headers } of answers) jar.take(headers['set-cookie'])
    for (let request = 0; request < PROCESSES; request += 1) {
      const signOutOthers = { method: 'DELETE', url: '/me/sessions' }
      t.equal((await send(portFor(request), signOutOthers, thief)).statusCode, 401, 'changes nothing')
      t.equal((await browse(portFor(request), REFRESH, thief.copy())).statusCode, 401, 'refreshes nothing')
      t.equal((await send(portFor(request), ME, jar)).statusCode, 200, 'the owner goes on')
    }
  },
)

t.test('sign-ins at the same time over several processes leave exactly the allowed sessions', async (t) => {
  const email = 'bob@example.com'
  const first = await registerAt(portFor(0), email)
  const others = []
  // An attempt counts as failed while it is made. From ten at once on, the account would be paused.
  for (let wave = 0; wave < 3; wave += 1) {
    const atOnce = Array.from({ length: 8 }, (_, place) => signInAt(portFor(place), email))
    others.push(...(await Promise.all(atOnce)))
  }

  const alive = database
    .prepare(
      'SELECT count(*) FROM sessions JOIN users ON users.id = user_id WHERE email = ? AND revoked_at IS NULL',
    )
    .pluck()
  t.equal(alive.get(email), LIMIT)
  // Each request goes to another process than the sign-in.
  const answers = await Promise.all([first, ...others].map((jar, place) => send(portFor(place + 1), ME, jar)))
  t.equal(answers.filter(({ statusCode }) => statusCode === 200).length, LIMIT)
  t.equal(answers.filter(({ statusCode }) => statusCode === 401).length, others.length + 1 - LIMIT)
})

t.test('no SQLITE_BUSY reaches a client while 4 processes write as fast as they can', async (t) => {
  const PEOPLE = 24
  const REFRESHES = rounds(20, 200)
  const statuses: Record<string, number> = {}
  const before = rotations()
  // As soon as a token is issued it has settled: every refresh rotates, which is to write.
  database.exec(`
    CREATE TRIGGER settled_at_first AFTER INSERT ON sessions
      BEGIN UPDATE sessions SET rotated_at = rotated_at - 3600000 WHERE id = new.id; END;
    CREATE TRIGGER settled AFTER UPDATE OF generation ON sessions
      BEGIN UPDATE sessions SET rotated_at = rotated_at - 3600000 WHERE id = new.id; END`)

  await Promise.all(
    Array.from({ length: PEOPLE }, async (_, person) => {
      const jar = await registerAt(portFor(person), `person${person}@example.com`)
      for (let refresh = 1; refresh <= REFRESHES; refresh += 1) {
        const { statusCode = 0 } = await browse(portFor(person + refresh), REFRESH, jar)
        statuses[statusCode] = (statuses[statusCode] ?? 0) + 1
      }
    }),
  )

  t.strictSame(statuses, { 204: PEOPLE * REFRESHES })
  t.equal(rotations() - before, PEOPLE * REFRESHES, 'each has been written')
  t.equal(logs(), '', 'nothing to warn of')
  t.comment(`${PEOPLE * REFRESHES} rotations by ${PEOPLE} people over ${PROCESSES} processes`)
})
