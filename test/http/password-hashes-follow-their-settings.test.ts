import t from 'tap'
import { buildApp, signIn, signUp, type TestApp } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'

const hashOf = async ({ app }: TestApp) =>
  (await app.accounts.findByEmail('ada@example.com'))?.passwordHash as string

t.test('after new parameters are set, the next sign-in renews the hash, and only that one', async (t) => {
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
  t.equal((await after.request({ url: '/me' }, browser)).statusCode, 200, 'nobody is signed out by it')
})
