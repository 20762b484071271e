import fc from 'fast-check'
import t from 'tap'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../../support/app.ts'
import type { Jar } from '../../support/jar.ts'
import { overSockets } from '../../support/over-sockets.ts'
import { ACCESS_TTL, ME, refreshAndLose } from '../../support/rotation.ts'
import { rounds } from '../../support/rounds.ts'
import { Browser } from './browser.ts'
import { everything } from './commands.ts'

/**
 * Random lives of one browser over TCP connections to the real service: tabs, lost and late
 * answers, sign-outs, new passwords, administrators, clocks and crashes. Only an end or a limit of
 * the session may refuse it.
 *
 *   TACIT_RUNS=5000 npx tap --disable-coverage --timeout=0 test/system/properties
 *
 * tries that many lives. A failure prints TACIT_SEED, TACIT_PATH and TACIT_REPLAY_PATH, which
 * repeat that life with the same command.
 */

const { TACIT_RUNS, TACIT_SEED, TACIT_PATH, TACIT_REPLAY_PATH } = process.env

t.test('property: an honest browser is never signed out, whatever happens in whatever order', async (t) => {
  const lives = fc.commands(everything, {
    maxCommands: 80,
    size: 'max',
    ...(TACIT_REPLAY_PATH && { replayPath: TACIT_REPLAY_PATH }),
  })
  const life = fc.asyncProperty(lives, async (commands) => {
    const browser = await Browser.open()
    try {
      await fc.asyncModelRun(() => ({ model: browser, real: undefined }), commands)
      await browser.finish()
      await browser.ledger.audit()
    } finally {
      await browser.close()
    }
  })

  const found = await fc.check(life, {
    numRuns: Number(TACIT_RUNS ?? rounds(100, 2_000)),
    includeErrorInReport: true,
    ...(TACIT_SEED && { seed: Number(TACIT_SEED) }),
    ...(TACIT_PATH && { path: TACIT_PATH }),
  })
  t.comment(`${found.numRuns} lives`)
  if (found.failed) t.fail(await report(found))
})

async function report<Values>(found: fc.RunDetails<Values>): Promise<string> {
  const message = (await fc.asyncDefaultReportMessage(found)) ?? ''
  const replayPath = /replayPath="([^"]+)"/.exec(message)?.[1] ?? ''
  const again = `TACIT_SEED=${found.seed} TACIT_PATH=${found.counterexamplePath} TACIT_REPLAY_PATH=${replayPath}`
  return `${message}\nTo live it again: ${again} npx tap --disable-coverage test/properties`
}

/* Shortest lives that once went wrong, kept as examples. */

const NEXT = 'a quiet lake beneath nine hills'

const changePassword = ({ request }: TestApp, jar: Jar, currentPassword = PASSWORD, newPassword = NEXT) =>
  request({ method: 'POST', url: '/me/password', payload: { currentPassword, newPassword } }, jar)

t.test('a lost answer to a new password that needed a refresh costs one sign-in', async (t) => {
  const service = await overSockets(t, await buildApp(t))
  const browser = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  t.equal((await changePassword(service, browser.copy())).statusCode, 204)
  t.match((await service.request(ME, browser)).json(), { code: 'SESSION_ENDED', reason: 'replaced' })
  await signIn(service, undefined, { jar: browser, password: NEXT })
  service.clock.advance(ACCESS_TTL)
  t.equal((await service.request(ME, browser)).statusCode, 200)
})

t.test('a new password after a lost refresh does not count as a second step', async (t) => {
  const service = await overSockets(t, await buildApp(t))
  const browser = await signUp(service)
  await refreshAndLose(service, browser)
  t.equal((await changePassword(service, browser)).statusCode, 204)
  service.clock.advance(ACCESS_TTL)
  t.equal((await service.request(ME, browser)).statusCode, 200)
})

t.test('cookies from before a new password change nothing', async (t) => {
  const service = await overSockets(t, await buildApp(t))
  const browser = await signUp(service)
  await service.request(ME, browser)
  const before = browser.copy()
  await changePassword(service, browser)
  t.match(await changePassword(service, before), { statusCode: 401 })
  t.match(await changePassword(service, before, NEXT, PASSWORD), { statusCode: 401 })
  t.equal((await changePassword(service, browser, NEXT, PASSWORD)).statusCode, 204)
})
