import t from 'tap'
import { buildApp, PASSWORD, signUp } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { watchHashJobs } from '../support/hash-jobs.ts'
import { LOGOUT, ME, REFRESH } from '../support/rotation.ts'

/** A hash keeps a core busy for 20 ms: these are all there are. */
const HASHED = {
  registering: ['hash'],
  'a sign-in': ['verify'],
  'a sign-in with a wrong password': ['verify'],
  'a sign-in of nobody': ['verify'],
  'a sign-in that is not understood': [],
  'a request of somebody signed in': [],
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
  await hashes('a sign-in of nobody', 401, () => login(PASSWORD, 'nobody@example.com'))
  await hashes('a sign-in that is not understood', 400, () => post('/auth/login', { email: 'ada' }))
  await hashes('a request of somebody signed in', 200, () => request(ME, ada))
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
