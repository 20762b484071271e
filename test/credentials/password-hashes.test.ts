import t from 'tap'
import { createAccounts } from '../../src/accounts/accounts.ts'
import { createHashWorker } from '../../src/credentials/hash-worker.ts'
import { createPasswords } from '../../src/credentials/passwords.ts'
import type { Account } from '../../src/store/account.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signIn, signUp, type TestApp } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { holdNext } from '../support/gates.ts'
import { watchHashJobs } from '../support/hash-jobs.ts'
import { matchesWhole } from '../support/lists.ts'
import { LOGOUT, ME, REFRESH } from '../support/rotation.ts'

const NEXT = 'a quite different set of words'

const hashOf = async ({ app }: TestApp) =>
  (await internalsOf(app).store.findUserByEmailKey('ada@example.com'))?.passwordHash as string

/** A hash keeps a core busy for 20 ms: these are all there are. */
const HASHED = {
  registering: ['hash'],
  'a sign-in': ['verify'],
  'a sign-in with a wrong password': ['verify'],
  'a sign-in of an unknown account': ['verify'],
  'a sign-in that is not understood': [],
  'a request of a signed-in caller': [],
  'a silent refresh': [],
  'a refresh': [],
  'a new password': ['verify', 'hash'],
  'signing out': [],
  'a sign-in after the parameters have changed': ['verify', 'hash'],
  'the sign-in after that': ['verify'],
  'a sign-in while the account pauses': ['verify'],
} as const

t.test('hashes a password only where a request has to prove one', async (t) => {
  const { taken } = watchHashJobs()
  const environment = { DATABASE_URL: `file:${temporaryDatabase(t)}` }
  const service = await buildApp(t, { environment })
  const { request } = service
  const hashes = async (
    title: keyof typeof HASHED,
    status: number,
    send: () => ReturnType<typeof request>,
  ) => {
    taken()
    const { statusCode } = await send()
    t.equal(statusCode, status, `${title} is answered ${status}`)
    const kinds = taken().map((job) => job.split(' ')[0])
    t.strictSame(kinds, HASHED[title], title)
  }
  const post = (url: string, payload: object, asked = request) => asked({ method: 'POST', url, payload })
  const login = (password: string, email = 'ada@example.com', asked = request) =>
    post('/auth/login', { email, password }, asked)

  const ada = await signUp(service)
  await hashes('registering', 201, () =>
    post('/auth/register', { email: 'bob@example.com', password: PASSWORD }),
  )
  await hashes('a sign-in', 200, () => login(PASSWORD))
  await hashes('a sign-in with a wrong password', 401, () => login('another horse'))
  await hashes('a sign-in of an unknown account', 401, () => login(PASSWORD, 'unknown@example.com'))
  await hashes('a sign-in that is not understood', 400, () => post('/auth/login', { email: 'ada' }))
  await hashes('a request of a signed-in caller', 200, () => request(ME, ada))
  await hashes('a silent refresh', 200, () => request(ME, ada.delete('access')))
  await hashes('a refresh', 204, () => request(REFRESH, ada))
  const payload = { currentPassword: PASSWORD, newPassword: `${PASSWORD} and hooves` }
  await hashes('a new password', 204, () => request({ method: 'POST', url: '/me/password', payload }, ada))
  await hashes('signing out', 204, () => request(LOGOUT, ada))

  const { request: changed } = await buildApp(t, { environment: { ...environment, ARGON2_PASSES: 2 } })
  const bob = () => login(PASSWORD, 'bob@example.com', changed)
  await hashes('a sign-in after the parameters have changed', 200, bob)
  await hashes('the sign-in after that', 200, bob)

  for (let failure = 0; failure < 10; failure++) await login('another horse')
  await hashes('a sign-in while the account pauses', 401, () => login(PASSWORD))
})

t.test('renews a hash at the next sign-in after the parameters change, and no other hash', async (t) => {
  const DATABASE_URL = `file:${temporaryDatabase(t)}`
  const before = await buildApp(t, { environment: { DATABASE_URL } })
  const browser = await signUp(before)
  const weak = await hashOf(before)
  t.match(weak, /^\$argon2id\$v=19\$m=1024,p=1,t=1\$|^\$argon2id\$v=19\$m=1024,t=1,p=1\$/)

  const environment = { DATABASE_URL, ARGON2_MEMORY_KIB: 2_048, ARGON2_PASSES: 2, ARGON2_LANES: 2 }
  const after = await buildApp(t, { environment })
  await t.rejects(signIn(after, 'ada@example.com', { password: 'a wrong one of fair length' }))
  t.equal(await hashOf(after), weak, 'a failure renews nothing')
  await signIn(after)
  const strong = await hashOf(after)
  t.match(strong, /^\$argon2id\$v=19\$m=2048,(t=2,p=2|p=2,t=2)\$/)

  await signIn(after)
  t.equal(await hashOf(after), strong, 'it is not made again')
  t.equal((await after.request({ url: '/me' }, browser)).statusCode, 200, 'the browser stays signed in')
})

t.test('accepts the right password although its hash cannot be renewed now', async (t) => {
  const service = await buildApp(t)
  await signUp(service)
  const weak = await hashOf(service)
  const parameters = { memoryKib: 2_048, passes: 1, lanes: 1 }
  const logged: object[] = []
  const worker = createHashWorker()
  const { store, clock, events, refusalEvents, roles, mail } = internalsOf(service.app)
  const accounts = createAccounts({
    ...{ store, clock, events, refusalEvents, roles, passwordMinLength: 15, mustBeConfirmed: false },
    // There is room to look at the password, and then none to hash it again.
    passwords: {
      ...createPasswords({ worker, parameters }),
      hash: createPasswords({ worker, parameters, queue: 0 }).hash,
    },
    notices: mail.notices,
    log: { info() {}, error: (details) => logged.push(details) },
  })
  const signInWith = (password: string) =>
    accounts.signIn('ada@example.com', password, { ip: '192.0.2.1', userAgent: '' }, () => undefined)

  const { user } = await signInWith(PASSWORD)
  matchesWhole(t, logged, [{ userId: user.id, err: { code: 'SERVER_BUSY' } }], 'but an operator hears of it')
  t.equal(await hashOf(service), weak)
  await t.rejects(signInWith('a wrong one of fair length'), { code: 'LOGIN_FAILED' })
})

t.test('a renewal under way does not restore the old hash after the password changes', async (t) => {
  const DATABASE_URL = `file:${temporaryDatabase(t)}`
  await signUp(await buildApp(t, { environment: { DATABASE_URL } }))
  const service = await buildApp(t, { environment: { DATABASE_URL, ARGON2_PASSES: 2 } })
  const owner = (await internalsOf(service.app).accounts.findByEmail('ada@example.com')) as Account

  const renewal = holdNext(internalsOf(service.app).store, 'replacePasswordHash', 'before')
  const late = signIn(service)
  await renewal.reached
  service.clock.advance(1)
  await internalsOf(service.app).accounts.resetPassword(owner, NEXT)
  renewal.open()

  await t.rejects(late, /401/, 'its password is not the one any more')
  await t.rejects(signIn(service), /401/, 'nor is it later')
  await signIn(service, 'ada@example.com', { password: NEXT })
})
