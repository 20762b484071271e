import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, signUp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { readOnly, withDriver } from '../../support/database-faults.ts'
import { ACCESS_TTL, keepsCookies, ME } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'

t.test('requests with one token fail together during an outage, and succeed together after it', async (t) => {
  const path = temporaryDatabase(t)
  const [service, driver] = await withDriver(() =>
    buildApp(t, { environment: { DATABASE_URL: `file:${path}` } }),
  )
  const jar = await signUp(service)
  service.clock.advance(ACCESS_TTL)
  const together = () => Promise.all(Array.from({ length: 5 }, () => service.request(ME, jar.copy())))

  const { store } = internalsOf(service.app)
  const { rotateSession } = store
  let rotations = 0
  store.rotateSession = (rotation) => {
    rotations += 1
    return rotateSession(rotation)
  }

  const fault = readOnly(driver)
  fault.begin()
  for (const refused of await together()) {
    t.equal(refused.statusCode, 503)
    keepsCookies(t, refused)
  }
  t.match(await rowOf(service, jar), { generation: 1, revokedAt: null })
  t.equal(rotations, 1, 'the database is asked once for all of them')

  fault.end()
  const answers = await together()
  t.same(
    answers.map(({ statusCode }) => statusCode),
    [200, 200, 200, 200, 200],
  )
  t.match(await rowOf(service, jar), { generation: 2 })
})
