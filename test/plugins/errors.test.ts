import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { AuthError } from '../../src/errors.ts'
import { buildApp, signUp } from '../support/app.ts'
import { isRefusal } from '../support/refusals.ts'

t.test('an error of our own is a 500 without a word of it, and is logged whole', async (t) => {
  const lines: string[] = []
  const service = await buildApp(t, {
    log: (line) => lines.push(line),
    routes(app) {
      app.get('/broken', { config: { auth: 'public' } }, () => {
        throw new Error('the secret of the house')
      })
    },
  })
  const response = await service.request({ url: '/broken' })
  isRefusal(t, response, { status: 500, code: 'INTERNAL', message: 'Something went wrong on our side' })
  t.match(lines.join(''), /the secret of the house/)
})

t.test('new cookies travel with an error all the same', async (t) => {
  const service = await buildApp(t, {
    routes(app) {
      app.get('/broken', () => {
        throw new Error('broken')
      })
    },
  })
  const browser = await signUp(service)
  service.clock.advance(1_000)
  const before = browser.get('refresh')
  const response = await service.request({ url: '/broken' }, browser)
  t.equal(response.statusCode, 500)
  t.not(browser.get('refresh'), before)
})

t.test('whatever is thrown, it is an answer', async (t) => {
  const service = await buildApp(t, {
    routes(app) {
      app.get('/text', { config: { auth: 'public' } }, () => Promise.reject('a string'))
      app.get('/teapot', { config: { auth: 'public' } }, () =>
        Promise.reject(Object.assign(new Error('short and stout'), { statusCode: 418 })),
      )
      app.get('/bad-gateway', { config: { auth: 'public' } }, () =>
        Promise.reject(Object.assign(new Error('10.0.0.7 refused'), { statusCode: 502 })),
      )
      app.get('/waits', { config: { auth: 'public' } }, () =>
        Promise.reject(new AuthError('SERVER_BUSY', { retryAfterSeconds: 7 })),
      )
    },
  })
  const internal = { status: 500, code: 'INTERNAL', message: 'Something went wrong on our side' }
  isRefusal(t, await service.request({ url: '/text' }), internal)
  isRefusal(t, await service.request({ url: '/bad-gateway' }), internal)
  t.equal((await service.request({ url: '/teapot' })).statusCode, 400)
  t.equal((await service.request({ url: '/waits' })).headers['retry-after'], '7')
})

t.test('what does not fit its own schema is a mistake of ours', async (t) => {
  const service = await buildApp(t, {
    routes(app) {
      const schema = { response: { 200: { type: 'object', properties: { n: { type: 'integer' } } } } }
      app.get('/misfit', { config: { auth: 'public' }, schema }, async () => ({ n: 'secret of the house' }))
    },
  })
  const response = await service.request({ url: '/misfit' })
  t.equal(response.statusCode, 500)
  t.notMatch(response.body, /house/)
})

/** Keeps the event loop from turning, as a runaway computation does, and lets what was due meanwhile happen. */
async function block(milliseconds: number): Promise<void> {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds)
  await sleep(10)
}

t.test('while the event loop is late everybody is told to come back', async (t) => {
  const service = await buildApp(t)
  await block(2_500)
  const starting = await service.request({ url: '/health/live' })
  t.equal(starting.statusCode, 200, 'a service that only starts is not overloaded')

  await service.app.listen({ port: 0 })
  let response = starting
  for (let tries = 0; response.statusCode === 200 && tries < 5; tries++) {
    await block(2_500)
    response = await service.request({ url: '/health/live' })
  }
  isRefusal(t, response, {
    status: 503,
    code: 'SERVER_BUSY',
    message: 'The service is busy, try again in a moment',
  })
  t.equal(response.headers['retry-after'], '5')
})
