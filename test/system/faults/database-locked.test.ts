import t from 'tap'
import { buildApp, signUp } from '../../support/app.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { busy, withDriver } from '../../support/database-faults.ts'
import { ACCESS_TTL, ME } from '../../support/rotation.ts'
import { rowOf } from '../../support/rows.ts'

t.test('serves other requests while a change waits for another process', async (t) => {
  const path = temporaryDatabase(t)
  const environment = { DATABASE_URL: `file:${path}` }
  const [service, driver] = await withDriver(() => buildApp(t, { environment }))
  t.equal(
    driver.pragma('busy_timeout', { simple: true }),
    0,
    'the driver, which would stand still, never waits',
  )
  const waiting = await signUp(service, 'ada@example.com')
  service.clock.advance(ACCESS_TTL)
  const reading = await signUp(service, 'bob@example.com')
  const lock = busy(t, path)

  lock.begin()
  let answered = false
  const refresh = service.request(ME, waiting).finally(() => {
    answered = true
  })
  for (let request = 0; request < 20; request += 1) {
    t.equal((await service.request(ME, reading)).statusCode, 200)
  }
  t.equal((await service.request({ url: '/health/ready' })).statusCode, 200, 'nothing has failed')
  t.equal(answered, false, 'and the change still waits')

  lock.end()
  t.equal((await refresh).statusCode, 200, 'to be made as soon as it can be')
  t.equal((await rowOf(service, waiting)).generation, 2)
})
