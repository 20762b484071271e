import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { buildApp, signUp } from '../support/app.ts'
import { isRefusal } from '../support/refusals.ts'

/** Stops the event loop, as a long computation does, and then lets the timers run that are due. */
async function block(milliseconds: number): Promise<void> {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
  await sleep(1)
}

t.test('answers 503 while the event loop is late, and keeps cookies', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)

  // Twice, so that one whole sample has nothing but delay.
  await block(1_500)
  await block(1_500)
  t.equal(
    (await service.request({ url: '/me' }, jar)).statusCode,
    200,
    'a service that starts is late, not overloaded',
  )

  await service.app.listen({ port: 0 })
  await sleep(2_100)
  await block(1_500)
  await block(1_500)
  const response = await service.request({ url: '/me' }, jar)
  isRefusal(t, response, {
    status: 503,
    code: 'SERVER_BUSY',
    message: 'The service is busy, try again in a moment',
  })
  t.equal(response.headers['retry-after'], '5')
  t.equal(response.headers['set-cookie'], undefined)
  t.equal((await service.request({ url: '/health/live' })).statusCode, 503)
  const ready = await service.request({ url: '/health/ready' })
  t.equal(ready.statusCode, 503)
  t.match(ready.json(), { code: 'SERVER_BUSY' })
  await sleep(1_200)
  t.equal((await service.request({ url: '/me' }, jar)).statusCode, 200, 'and it passes')
})
