import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { buildApp, signUp } from '../support/app.ts'

/** Keeps the event loop from turning. */
function block(milliseconds: number): void {
  const until = performance.now() + milliseconds
  while (performance.now() < until);
}

t.test('answers 503 while the event loop is late, and keeps cookies', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)

  // Twice, so that one whole sample holds nothing but delay.
  block(1_500)
  await sleep(1)
  block(1_500)
  await sleep(1)
  t.equal(
    (await service.request({ url: '/me' }, jar)).statusCode,
    200,
    'a service that starts is late, not overloaded',
  )

  await service.app.listen({ port: 0 })
  await sleep(2_100)
  block(1_500)
  await sleep(1)
  block(1_500)
  await sleep(1)
  const response = await service.request({ url: '/me' }, jar)
  t.equal(response.statusCode, 503)
  t.match(response.json(), { code: 'SERVER_BUSY' })
  t.equal(response.headers['retry-after'], '5')
  t.equal(response.headers['set-cookie'], undefined)
  const ready = await service.request({ url: '/health/ready' })
  t.equal(ready.statusCode, 503)
  t.match(ready.json(), { code: 'SERVER_BUSY' })
  await sleep(1_200)
  t.equal((await service.request({ url: '/me' }, jar)).statusCode, 200, 'and it passes')
})
