import t from 'tap'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp } from '../../support/app.ts'
import { Jar } from '../../support/jar.ts'

t.test('reports a process that is alive and ready', async (t) => {
  const service = await buildApp(t)
  const live = await service.request({ url: '/health/live' })
  t.equal(live.statusCode, 200)
  t.strictSame(live.json(), { status: 'live' })
  const ready = await service.request({ url: '/health/ready' })
  t.equal(ready.statusCode, 200)
  t.strictSame(ready.json(), { status: 'ready' })
})

t.test('reports a process without its store as alive and not ready', async (t) => {
  const lines: string[] = []
  const service = await buildApp(t, { log: (line) => lines.push(line) })
  await internalsOf(service.app).store.close()
  const ready = await service.request({ url: '/health/ready' })
  t.equal(ready.statusCode, 503)
  t.strictSame(ready.json(), { status: 'unavailable' })
  t.equal(ready.headers['retry-after'], '1')
  t.match(lines.join(''), /The database does not answer/)
  t.equal((await service.request({ url: '/health/live' })).statusCode, 200)
})

t.test('reports a service that is about to stop as not ready, while its store still answers', async (t) => {
  const answers: boolean[] = []
  const lines: string[] = []
  const service = await buildApp(t, {
    log: (line) => lines.push(line),
    routes(app) {
      app.addHook('onClose', async () => void answers.push(await internalsOf(app).isReady()))
    },
  })
  t.equal(await internalsOf(service.app).isReady(), true)
  await service.app.close()
  t.strictSame(answers, [false])
  t.notMatch(lines.join(''), /The database does not answer/)
})

t.test('answers health checks whatever the cookies are', async (t) => {
  const service = await buildApp(t)
  const jar = new Jar().set('access', 'x').set('refresh', 'y')
  t.equal((await service.request({ url: '/health/ready' }, jar)).statusCode, 200)
})
