import Fastify from 'fastify'
import t from 'tap'
import { AuthError } from '../../src/errors.ts'
import { tacit } from '../../src/tacit.ts'
import { buildApp, signUp, testEnvironment } from '../support/app.ts'
import { isRefusal } from '../support/refusals.ts'

t.test('answers an unexpected error with 500 and no detail, and logs the whole error', async (t) => {
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

t.test('sends new cookies with an error as well', async (t) => {
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

t.test('answers whatever value a handler throws', async (t) => {
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

t.test('answers 500 when a response does not fit its own schema', async (t) => {
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

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'TRACE', 'PROPFIND'] as const

for (const [path, allow] of [
  ['/me', 'DELETE, GET, HEAD, PATCH'],
  ['/auth/login', 'POST'],
  ['/me/sessions/anything?q=1', 'DELETE'],
  ['/users/019bc186-de00-738c-b587-e5f65ab95d6c', 'GET, HEAD'],
  ['/docs', 'GET, HEAD'],
] as const) {
  t.test(`answers 405 at ${path} to every method but ${allow}`, async (t) => {
    const service = await buildApp(t)
    for (const method of METHODS.filter((method) => !allow.split(', ').includes(method))) {
      const response = await service.app.inject({ method: method as 'GET', url: path })
      t.equal(response.headers.allow, allow, method)
      if (method === 'HEAD') t.equal(response.statusCode, 405)
      else
        isRefusal(t, response, {
          status: 405,
          code: 'METHOD_NOT_ALLOWED',
          message: `This path does not support ${method}. It supports ${allow}`,
        })
    }
  })
}

t.test('answers 404 at a path that no method has', async (t) => {
  const service = await buildApp(t, {
    environment: { TRUSTED_ORIGINS: 'https://app.example.com' },
    routes: (app) => {
      const auth = 'public'
      for (const version of ['1.0.0', '2.0.0'])
        app.get('/versions', { config: { auth }, constraints: { version } }, async () => version)
      app.head('/own-head', { config: { auth } }, async () => 'head')
      app.get('/own-head', { config: { auth } }, async () => 'get')
      app.get('/files/*', { config: { auth: 'public' } }, (_request, reply) => reply.callNotFound())
    },
  })
  for (const method of METHODS.filter((method) => method !== 'OPTIONS')) {
    const response = await service.app.inject({ method: method as 'GET', url: '/nowhere' })
    t.equal(response.statusCode, 404, method)
    t.equal(response.headers.allow, undefined)
  }
  t.equal((await service.app.inject('/versions')).statusCode, 404, 'another version')
  const posted = await service.app.inject({ method: 'POST', url: '/own-head' })
  t.equal(posted.headers.allow, 'GET, HEAD')
  const missing = await service.app.inject('/files/missing')
  t.equal(missing.statusCode, 404, 'a handler that finds nothing')
  t.equal((await service.app.inject({ method: 'PUT', url: '/files/missing' })).statusCode, 405)
})

t.test('counts a wrong method for its address, and reads and changes no session', async (t) => {
  const service = await buildApp(t, { environment: { RATE_LIMIT_MAX: 3 } })
  const browser = await signUp(service)
  const refresh = browser.get('refresh')
  service.clock.advance(1_000)
  t.equal((await service.request({ method: 'PUT', url: '/me' }, browser)).statusCode, 405)
  t.equal(browser.get('refresh'), refresh)
  for (const status of [405, 429])
    t.equal((await service.request({ method: 'PUT', url: '/me' }, browser)).statusCode, status)
})

t.test('refuses the method QUERY where no path has it', async (t) => {
  const service = await buildApp(t)
  const query = { method: 'QUERY' as 'GET', url: '/me', payload: {} }
  t.equal((await service.app.inject(query)).statusCode, 405)
})

/** What browsers send when a person opens an address. */
const NAVIGATION = {
  accept: 'text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8',
  'sec-fetch-mode': 'navigate',
}

const NOWHERE = '/nowhere/<script>alert(1)</script>'

t.test(
  'answers a person who opens a wrong address with a page, in the language of the browser',
  async (t) => {
    const service = await buildApp(t, { environment: { PAGES: 'true', APP_NAME: 'Ours & Co.' } })
    const plain = await service.request({ url: NOWHERE })
    for (const [language, expected] of [
      [undefined, 'en'],
      ['ja', 'ja'],
      ['ja-JP,ja;q=0.9,en;q=0.8', 'ja'],
      ['de-DE,de;q=0.9,en;q=0.2,ja;q=0.7', 'ja'],
      ['en;q=0.9, ja;q=0.5', 'en'],
      ['ja;q=0, de', 'en'],
      ['constructor, ja;q=x', 'en'],
    ] as const) {
      const headers = { ...NAVIGATION, ...(language && { 'accept-language': language }) }
      const { statusCode, headers: sent, body } = await service.request({ url: NOWHERE, headers })
      t.equal(statusCode, 404)
      t.match(sent, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' })
      t.match(body, new RegExp(`<html lang="${expected}">`), String(language))
      t.match(body, expected === 'ja' ? 'ページが見つかりません' : 'Page not found')
      t.match(body, ' · Ours &amp; Co.</title>')
      t.match(body, '<a href="/">')
      t.notMatch(body, /<script|<style|style=|alert/)
      const [, style = ''] = /<link rel="stylesheet" href="([^"]+)"/.exec(body) as RegExpExecArray
      t.equal((await service.request({ url: style })).statusCode, 200)
      // All headers that protect an answer, and those that protect a page.
      const { headers: page } = await service.request({ url: '/' })
      for (const [name, value] of Object.entries({ ...plain.headers, ...page })) {
        if (/^(content-(length|type)|cache-control|date|etag|last-modified|x-ratelimit)/.test(name)) continue
        t.equal(sent[name], value, name)
      }
    }
  },
)

t.test('answers programs and scripts with JSON', async (t) => {
  const service = await buildApp(t, { environment: { PAGES: 'true' } })
  const nothing = { status: 404, code: 'NOT_FOUND', message: 'There is nothing here' }
  for (const headers of [
    {},
    { accept: '*/*' },
    { accept: 'application/json, text/plain, */*' },
    { accept: 'text/html, application/json' },
    { ...NAVIGATION, 'sec-fetch-mode': 'cors' },
  ]) {
    isRefusal(t, await service.request({ url: '/nowhere', headers }), nothing)
  }
  const post = { method: 'POST', url: '/nowhere', headers: NAVIGATION } as const
  isRefusal(t, await service.request(post), nothing)
})

t.test('has a page for the other errors that a person may meet', async (t) => {
  const service = await buildApp(t, {
    routes(app) {
      app.get('/broken', { config: { auth: 'public' } }, () => Promise.reject(new Error('secret')))
    },
  })
  const ada = await signUp(service)
  for (const [url, status, title, jar] of [
    ['/me', 401, 'Sign in first'],
    ['/admin/users', 403, 'Not permitted', ada],
    ['/auth/login', 405, 'This did not work'],
    ['/broken', 500, 'Something went wrong on our side'],
  ] as const) {
    const { statusCode, headers, body } = await service.request({ url, headers: NAVIGATION }, jar)
    t.equal(statusCode, status)
    t.match(body, `<h1>${title}</h1>`)
    t.equal(headers['www-authenticate'] !== undefined, status === 401)
    t.equal(headers.allow !== undefined, status === 405)
    t.notMatch(body, /<a |<link|secret/, 'without pages there is no first page')
  }
})

t.test('leaves the errors of an application around the service to it', async (t) => {
  const environment = testEnvironment
  const app = Fastify()
  t.teardown(() => app.close())
  await app.register(tacit, { environment, prefix: '/account' })
  app.get('/broken', { config: { auth: 'public' } }, () => Promise.reject(new Error('theirs')))
  const open = (url: string) => app.inject({ url, headers: NAVIGATION })
  for (const url of ['/broken', '/nowhere']) {
    t.match((await open(url)).headers['content-type'], /^application\/json/, url)
  }
  const own = await open('/account/nowhere')
  t.match([own.statusCode, own.headers['content-type']], [404, /^text\/html/])
  t.match(own.body, '<a href="/">', 'the first page is theirs')
  t.match((await open('/account/me')).body, '<h1>Sign in first</h1>')
})
