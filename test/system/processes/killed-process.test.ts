import { setTimeout as sleep } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { PASSWORD } from '../../support/app.ts'
import {
  browse,
  expire,
  generationOf,
  letTimePass,
  openBeside,
  registerAt,
  signInAt,
} from '../../support/browser.ts'
import { postForm } from '../../support/clients.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { type Fleet, startFleet } from '../../support/fleet.ts'
import type { Jar } from '../../support/jar.ts'
import type { ServerProcess } from '../../support/processes.ts'
import { LOGOUT, ME, REFRESH } from '../../support/rotation.ts'
import { rounds, seed } from '../../support/rounds.ts'

const ROUNDS = rounds(15, 200)
const PEOPLE = 6
const NEXT = 'a quiet lake beneath nine hills'
const path = temporaryDatabase(t)
const fleet = await startFleet(t, 4, path)
const database = openBeside(t, path)

const pick = ({ alive }: Fleet, choice: number) => alive[choice % alive.length] as ServerProcess
const emailOf = (person: number) => `person${person}@example.com`

t.test('18: process killed between commit and response: reissue on retry', async (t) => {
  const jar = expire(await registerAt(pick(fleet, 0).port, 'ada@example.com'))
  letTimePass(database, jar)
  const server = pick(fleet, 1)

  const unanswered = browse(server.port, { method: 'GET', url: '/never' }, jar)
  while (generationOf(database, jar) === 1) await sleep(1)
  const [lost] = await Promise.allSettled([unanswered, fleet.kill(server)])

  t.equal(lost.status, 'rejected', 'there was no response')
  t.equal((await browse(pick(fleet, 0).port, ME, jar)).statusCode, 200)
  t.equal(generationOf(database, jar), 2, 'and only one rotation')
})

t.test('the new password signs in after a process is killed between its commit and the answer', async (t) => {
  const email = 'grace@example.com'
  const jar = await registerAt(pick(fleet, 0).port, email)
  const before = jar.copy()
  const began = database.prepare("SELECT count(*) FROM sessions WHERE revoked_reason = 'replaced'").pluck()
  const server = pick(fleet, 1)
  const payload = { currentPassword: PASSWORD, newPassword: NEXT }
  const asked = browse(server.port, { method: 'POST', url: '/me/password' }, jar.copy(), payload)
  const answer = Promise.allSettled([asked])
  while (began.get() === 0) await sleep(1)
  await fleet.kill(server)
  await answer

  const { port } = pick(fleet, 0)
  const signIn = (password: string) =>
    browse(port, { method: 'POST', url: '/auth/login' }, jar, { email, password })
  t.equal((await browse(port, REFRESH, before)).statusCode, 401, 'the old cookies are refused')
  t.equal((await signIn(PASSWORD)).statusCode, 401, 'so is the old password')
  t.equal((await signIn(NEXT)).statusCode, 200)
  t.equal((await browse(port, ME, jar)).statusCode, 200)
})

t.test('a revocation holds after its process is killed between its commit and the answer', async (t) => {
  const jar = await registerAt(pick(fleet, 0).port, 'rita@example.com')
  const revoked = database.prepare("SELECT count(*) FROM sessions WHERE revoked_reason = 'logout'").pluck()
  const before = revoked.get()
  const server = pick(fleet, 1)
  const asked = postForm(server.port, '/auth/revoke', { token: jar.get('refresh') as string })
  const answer = Promise.allSettled([asked])
  while (revoked.get() === before) await sleep(1)
  await fleet.kill(server)
  await answer
  for (const request of [ME, REFRESH]) {
    t.equal((await browse(pick(fleet, 0).port, request, jar.copy())).statusCode, 401)
  }
})

const round = fc.record({
  victim: fc.nat(),
  killedAfterMs: fc.integer({ min: 0, max: 25 }),
  leaver: fc.nat({ max: PEOPLE - 1 }),
  servers: fc.array(fc.nat(), { minLength: PEOPLE * 3, maxLength: PEOPLE * 3 }),
})

t.test('processes that are killed at random sign no user out, and sign no signed-out user in', async (t) => {
  const people = await Promise.all(
    Array.from({ length: PEOPLE }, (_, person) => registerAt(pick(fleet, person).port, emailOf(person))),
  )
  const signedOut: Jar[] = []
  let lost = 0

  /** Asks a live server about every user. */
  async function look(port: number, round: string) {
    const [owners, leavers] = await Promise.all(
      // Copies: a signed-out browser still presents its old cookies.
      [people, signedOut.map((jar) => jar.copy())].map((jars) =>
        Promise.all(jars.map((jar) => browse(port, ME, jar))),
      ),
    )
    const refused = owners?.filter(({ statusCode }) => statusCode !== 200).map(({ body }) => body)
    t.strictSame(refused, [], `${round}: everybody is signed in`)
    const admitted = leavers?.filter(({ statusCode }) => statusCode !== 401).map(({ body }) => body)
    t.strictSame(admitted, [], `${round}: who signed out stays out`)
  }

  for (const [number, plan] of fc.sample(round, { numRuns: ROUNDS, seed }).entries()) {
    await fleet.atLeast(2)
    const victim = pick(fleet, plan.victim)
    const leaving = await signInAt(pick(fleet, 0).port, emailOf(plan.leaver))
    for (const jar of people) letTimePass(database, expire(jar))

    const requests = plan.servers.map((server, request) =>
      browse(pick(fleet, server).port, ME, people[request % PEOPLE] as Jar),
    )
    const leave = browse(victim.port, LOGOUT, leaving.copy())
    const settled = Promise.allSettled([...requests, leave])
    await sleep(plan.killedAfterMs)
    await fleet.kill(victim)

    const answers = await settled
    lost += answers.filter(({ status }) => status === 'rejected').length
    const statuses = answers.flatMap((answer) =>
      answer.status === 'fulfilled' ? [answer.value.statusCode] : [],
    )
    const name = `round ${number + 1} of seed ${seed}`
    t.strictSame(
      statuses.filter((status) => status !== 200 && status !== 204),
      [],
      `${name}: a client that gets an answer is served`,
    )

    const { port } = pick(fleet, 0)
    // The answer to a sign-out may be lost: the browser asks again.
    t.equal((await browse(port, LOGOUT, leaving.copy())).statusCode, 204, `${name}: signing out`)
    signedOut.push(leaving)
    await look(port, name)
  }

  await fleet.atLeast(4)
  for (const { port } of fleet.alive) await look(port, 'in the end')
  t.equal(database.pragma('integrity_check', { simple: true }), 'ok')
  const reasons = database.prepare('SELECT DISTINCT revoked_reason FROM sessions').pluck().all()
  t.strictSame(reasons.sort(), ['logout', null, 'replaced'])
  t.equal(fleet.alive.map((server) => server.logged()).join(''), '', 'nothing to warn of')
  t.comment(`${ROUNDS} processes killed, ${lost} requests lost, ${signedOut.length} people signed out`)
})
