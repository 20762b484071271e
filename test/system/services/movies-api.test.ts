/** The auth service and examples/movies-api as processes, which share nothing but HTTP. */
import { setTimeout as sleep } from 'node:timers/promises'
import { generateKeyPair, SignJWT } from 'jose'
import t from 'tap'
import { withoutPrograms } from '../../support/find-program.ts'
import { commandsOf, paste } from '../../support/pasted.ts'
import { claimsOf } from '../../support/tokens.ts'
import { call, registerAt, signInAt, startTwoServices } from '../../support/two-services.ts'

const STALKER = { title: 'Stalker', year: 1979 }
const SHORT_LIVES = { ACCESS_TOKEN_TTL: '6s', ROTATION_SETTLE: '1s', ROTATION_GRACE: '1s' }

t.test('a second service', async (t) => {
  const services = await startTwoServices(t, { authSettings: SHORT_LIVES })
  const { auth, movies, tacit, npm, environment } = services
  const ada = await registerAt(auth[0], 'ada')
  const grace = await registerAt(auth[0], 'grace')
  /** A request with a new token, because a token of before may have expired. */
  const as = async (email: string, url: string, method = 'GET', body?: object) =>
    call(url, (await signInAt(auth[0], email)).token, method, body)

  const skip = withoutPrograms([['curl', '--version']])
  t.test('answers the commands of its README as the README says', { skip }, async (t) => {
    const readme = 'examples/movies-api/README.md'
    const commands = [...commandsOf(readme, 'curl'), ...commandsOf(readme, 'npm run tacit')]
    const here = commands
      .join('\n')
      .replace('http://localhost:3000', auth[0])
      .replace('http://localhost:3001', movies)
    const shown = await paste(`${npm}${here}\necho "TOKEN=$TOKEN"`, environment)
    const statuses = [...shown.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
    t.strictSame(statuses, ['201', '201', '200', '401', '200', '204'])
    t.match(claimsOf(/^TOKEN=(\S+)/m.exec(shown)?.[1] ?? ''), { role: 'editor', scope: 'movies:write' })
    t.match(shown, /^Created the client movies\. .*^secret {2}\S+$/ms)
  })

  t.test('admits owners and editors to a movie, and no other account', async (t) => {
    const added = await as(ada.email, `${movies}/movies`, 'POST', STALKER)
    t.equal(added.status, 201)
    const movie = `${movies}${added.headers.get('location')}`
    t.match(await added.json(), { ownerId: claimsOf(ada.token).sub, ...STALKER })
    t.equal((await as(grace.email, movie)).status, 200)

    const refused = await as(grace.email, movie, 'PATCH', { year: 1980 })
    t.equal(refused.status, 403)
    t.match(await refused.json(), { code: 'ACCESS_FORBIDDEN' })
    t.match(await (await as(ada.email, movie)).json(), STALKER)

    await tacit('user', 'role', grace.email, 'editor')
    t.equal((await as(grace.email, movie, 'PATCH', { year: 1980 })).status, 200)
    t.equal((await as(ada.email, movie, 'DELETE')).status, 204)
  })

  t.test('refuses a token of another key, and a refresh token', async (t) => {
    const { token, refreshToken } = await signInAt(auth[0], ada.email)
    const header = JSON.parse(Buffer.from(token.split('.')[0] as string, 'base64url').toString())
    const { privateKey } = await generateKeyPair('Ed25519')
    const forged = await new SignJWT(claimsOf(token)).setProtectedHeader(header).sign(privateKey)
    t.equal((await call(`${movies}/movies`, forged)).status, 401)
    t.equal((await call(`${movies}/movies`, refreshToken)).status, 401)
    t.equal((await call(`${movies}/movies`, token)).status, 200)
  })

  t.test('refuses a token that has expired', async (t) => {
    // The clocks of processes cannot be moved.
    while (Date.now() < Number(claimsOf(ada.token).exp) * 1_000) await sleep(100)
    const expired = await call(`${movies}/movies`, ada.token)
    t.equal(expired.status, 401)
    t.match(expired.headers.get('www-authenticate'), /error="invalid_token"/)
  })
})

t.test('a second service that hears of revocations', async (t) => {
  const { auth, movies, tacit } = await startTwoServices(t, { authProcesses: 2, revocations: true })
  const list = `${movies}/movies`
  const root = await registerAt(auth[0], 'root')
  await untilItHears(auth[0], list, root.email)
  await tacit('user', 'role', root.email, 'admin')
  const { token: rootToken } = await signInAt(auth[0], root.email)
  /** The change is made in each process of the auth service; the movies service is a client of one. */
  const change = (process: string, token: string, access: object) =>
    call(`${process}/admin/users/${claimsOf(token).sub}`, rootToken, 'PATCH', access)

  for (const [index, process] of auth.entries()) {
    t.test(`follows what process ${index} of the auth service changes`, async (t) => {
      const ada = await registerAt(auth[0], `ada-${index}`)
      t.equal((await call(list, ada.token)).status, 200)

      const other = await signInAt(auth[0], ada.email)
      t.equal((await call(list, other.token)).status, 200)
      t.equal((await call(`${process}/auth/logout`, other.token, 'POST')).status, 204)
      await untilRefused(list, other.token)
      t.equal((await call(list, ada.token)).status, 200, 'the other session goes on')

      t.equal((await change(process, ada.token, { role: 'editor' })).status, 200)
      await untilRefused(list, ada.token)
      const editor = await signInAt(auth[0], ada.email)
      await call(list, rootToken, 'POST', STALKER)
      const movie = `${list}/${index + 1}`
      t.equal((await call(movie, editor.token, 'PATCH', { year: 1980 })).status, 200)
      t.equal((await change(process, ada.token, { role: 'user' })).status, 200)
      await untilRefused(list, editor.token)
      const user = await signInAt(auth[0], ada.email)
      t.equal((await call(movie, user.token, 'PATCH', { year: 1980 })).status, 403)

      t.equal((await change(process, ada.token, { disabled: true })).status, 200)
      await untilRefused(list, user.token)
    })
  }
})

const MAX_ATTEMPTS = 1_500

/** The benchmark `second service` measures how long it takes. */
async function untilRefused(url: string, token: string): Promise<void> {
  if (!(await isRefused(url, token, MAX_ATTEMPTS))) throw new Error('the token is still accepted')
}

async function isRefused(url: string, token: string, attempts: number): Promise<boolean> {
  for (let attempt = 0; attempt < attempts; attempt += 1) {
    const { status } = await call(url, token)
    if (status === 401) return true
    if (status !== 200) throw new Error(`answered with ${status}`)
    await sleep(20)
  }
  return false
}

/** Until the stream is up, the service hears of no sign-out. */
async function untilItHears(auth: string, url: string, email: string): Promise<void> {
  for (let attempt = 0; attempt < MAX_ATTEMPTS / 50; attempt += 1) {
    const { token } = await signInAt(auth, email)
    await call(`${auth}/auth/logout`, token, 'POST')
    if (await isRefused(url, token, 50)) return
  }
  throw new Error('the service hears of no sign-out')
}
