import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t from 'tap'
import { AuthError, ConfigError, readConfig, serverOptions, tacit } from '../../src/index.ts'
import { PASSWORD, testEnvironment } from '../support/app.ts'
import { Jar } from '../support/jar.ts'

t.test(
  'guards the routes of a host application where they are declared, and identifies the caller',
  async (t) => {
    const environment = { ...testEnvironment, LOG_LEVEL: 'silent' }
    const app = Fastify(serverOptions(readConfig(environment)))
    t.teardown(() => app.close())
    await app.register(fp(tacit), { environment })
    app.get('/orders', async ({ principal }) => ({ of: principal.user.email }))
    app.get('/news', { config: { auth: 'public' } }, async () => ({ news: 'none' }))
    app.get('/teapot', { config: { auth: 'public' } }, async () => {
      throw new AuthError('NOT_FOUND', { message: 'There is no coffee' })
    })

    t.equal((await app.inject('/orders')).statusCode, 401)
    t.equal((await app.inject('/news')).statusCode, 200)
    t.match((await app.inject('/teapot')).json(), { code: 'NOT_FOUND', message: 'There is no coffee' })

    const jar = new Jar()
    const payload = { email: 'ada@example.com', password: PASSWORD }
    jar.take((await app.inject({ method: 'POST', url: '/auth/register', payload })).headers['set-cookie'])
    const orders = await app.inject({ url: '/orders', headers: { cookie: jar.header() ?? '' } })
    t.same(orders.json(), { of: 'ada@example.com' })
  },
)

t.test('reports wrong settings to a host application as configuration errors', async (t) => {
  t.throws(() => readConfig({ PASSWORD_MIN_LENGTH: 1 }), ConfigError)
})
