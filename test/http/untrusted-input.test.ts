import t from 'tap'
import { person } from '../support/administration.ts'
import { buildApp, PASSWORD, signUp } from '../support/app.ts'
import { documentOf, operationsOf } from '../support/described-api.ts'
import { Jar, setCookies } from '../support/jar.ts'
import { ME } from '../support/rotation.ts'
import { exchange, listen } from '../support/socket.ts'
import { fetchTokens } from '../support/tokens.ts'

const ATTACKER = 'attacker.example'

t.test('takes no token and no password from the query, nor an access token from a body', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const { access_token, refresh_token } = await fetchTokens(service)
  for (const name of ['access_token', 'token', 'access']) {
    t.equal((await service.request({ url: `/me?${name}=${access_token}` })).statusCode, 401, name)
  }
  const rename = { method: 'PATCH', url: '/me', payload: { access_token, name: 'Eve' } } as const
  t.equal((await service.request(rename)).statusCode, 401)

  const email = 'ada@example.com'
  const query = new URLSearchParams({
    ...{ grant_type: 'password', email, username: email, password: PASSWORD },
    ...{ refresh_token },
  })
  for (const url of ['/auth/login', '/auth/token']) {
    t.equal((await service.request({ url: `${url}?${query}` })).statusCode, 405)
    const answer = await service.request({ method: 'POST', url: `${url}?${query}`, payload: {} })
    t.strictSame([answer.statusCode, setCookies(answer)], [400, []], url)
  }
  t.equal((await service.request(ME, jar)).statusCode, 200)
})

t.test('takes no role, account, host or protocol from headers, cookies or the query', async (t) => {
  const service = await buildApp(t)
  const [ada, bo] = [await person(service, 'ada'), await person(service, 'bo')]
  const headers = {
    ...{ 'x-role': 'admin', 'x-user-role': 'admin', 'remote-role': 'admin', scope: 'users:read' },
    ...{ 'x-user-id': bo.id, 'x-forwarded-user': bo.id, 'remote-user': bo.id, 'x-api-key': bo.id },
    ...{ 'x-forwarded-host': ATTACKER, 'x-forwarded-proto': 'http', forwarded: `host=${ATTACKER}` },
    ...{ 'x-forwarded-for': '203.0.113.7', 'x-real-ip': '203.0.113.7' },
  }
  const jar = ada.jar.copy().set('role', 'admin').set('isAdmin', 'true')
  for (const query of ['', `?role=admin&admin=true&userId=${ada.id}`]) {
    t.equal((await service.request({ url: `/users/${bo.id}${query}`, headers }, jar)).statusCode, 403)
  }
  for (const authorization of [
    `Basic ${Buffer.from(`bo@example.com:${PASSWORD}`).toString('base64')}`,
    `ApiKey ${bo.id}`,
  ]) {
    t.equal((await service.request({ ...ME, headers: { ...headers, authorization } })).statusCode, 401)
  }
  const { session } = (await service.request({ ...ME, headers }, jar)).json()
  t.equal(session.ip, '127.0.0.1')

  const foreign = { ...headers, cookie: `${jar.header()}`, origin: `http://${ATTACKER}` }
  const logout = { method: 'POST', url: '/auth/logout', headers: foreign } as const
  t.equal((await service.app.inject(logout)).statusCode, 403)
})

t.test('answers a refresh and a sign-in the same for another browser, language or address', async (t) => {
  const service = await buildApp(t)
  const jar = await signUp(service)
  const payload = { email: 'ada@example.com', password: PASSWORD, remember: true }
  for (const request of [
    { method: 'POST', url: '/auth/refresh' },
    ME,
    { method: 'POST', url: '/auth/login', payload },
  ] as const) {
    const shapeOf = async (changes: object) => {
      const response = await service.request({ ...request, ...changes }, jar.copy())
      const { statusCode, body } = response
      return {
        statusCode,
        body: body.replace(/"session":\{[^}]*\}/, ''),
        cookies: setCookies(response).map((line) => line.replace(/=[^;]*/, '')),
      }
    }
    const usual = await shapeOf({})
    t.ok(usual.statusCode < 300, request.url)
    const other = { 'user-agent': 'Another/1.0', 'accept-language': 'ja' }
    t.strictSame(await shapeOf({ headers: other }), usual)
    t.strictSame(await shapeOf({ remoteAddress: '203.0.113.7' }), usual)
  }
})

t.test(
  'answers a method that is not offered with 405, also when a header or the query names it',
  async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    const described = operationsOf(await documentOf(service))
    const unread = described.filter(
      ({ path }) => !described.some((other) => other.path === path && other.method === 'GET'),
    )
    const posted = ['register', 'login', 'logout', 'refresh', 'token'].map((name) => `/auth/${name}`)
    for (const path of new Set([...unread.map(({ path }) => path), ...posted, '/me/password'])) {
      const url = path.replaceAll(/{\w+}/g, 'x')
      for (const method of ['GET', 'HEAD', 'OPTIONS', 'PUT'] as const) {
        t.equal((await service.request({ method, url }, jar)).statusCode, 405, `${method} ${path}`)
      }
    }

    const headers = { 'x-http-method-override': 'DELETE', 'x-method-override': 'DELETE' }
    t.equal((await service.request({ method: 'POST', url: '/me', headers }, jar)).statusCode, 405)
    t.equal((await service.request({ url: '/me?_method=DELETE', headers }, jar)).statusCode, 200)

    const port = await listen(service)
    const head = `Host: localhost\r\nCookie: ${jar.header()}\r\nConnection: close\r\n\r\n`
    for (const line of ['TRACE /me', 'PROPFIND /me', 'PUT /me', 'OPTIONS /me']) {
      t.match(await exchange(port, `${line} HTTP/1.1\r\n${head}`), /^HTTP\/1\.1 405 /, line)
    }
    for (const line of ['CONNECT localhost:1', 'JEFF /me']) {
      t.notMatch(await exchange(port, `${line} HTTP/1.1\r\n${head}`), /^HTTP\/1\.1 [23]/, line)
    }
  },
)

t.test('redirects to no other host, whatever parameter or path asks for it', async (t) => {
  const service = await buildApp(t, { environment: { NODE_ENV: 'development' } })
  const jar = await signUp(service)
  const names = ['redirect_uri', 'redirect', 'next', 'returnTo', 'return_to', 'url', 'continue']
  const evil = `https://${ATTACKER}`
  const query = new URLSearchParams(names.map((name): [string, string] => [name, evil]))
  const pages = ['/', '/docs', '/docs/', '/nowhere', `//${ATTACKER}/`, `/\\${ATTACKER}`].map((path) => ({
    ...{ method: 'GET', path },
  }))
  for (const { method, path } of [...operationsOf(await documentOf(service)), ...pages]) {
    for (const browser of [new Jar(), jar.copy()]) {
      const url = `${path.replaceAll(/{\w+}/g, 'x')}?${query}`
      const payload = { email: 'ada@example.com', password: PASSWORD }
      const response = await service.request(
        { method: method as 'POST', url, ...(method === 'POST' && { payload }) },
        browser,
      )
      t.notMatch(response.headers.location ?? '', /attacker|^\/\//, `${method} ${path}`)
      if (path.startsWith('/auth/')) t.equal(response.headers.location, undefined)
    }
  }
})

t.test('sets no cookie on a path that is only read by a caller who is not signed in', async (t) => {
  const service = await buildApp(t, { environment: { NODE_ENV: 'development' } })
  const paths = operationsOf(await documentOf(service)).map(({ path }) => path.replaceAll(/{\w+}/g, 'x'))
  for (const url of [...paths, '/', '/docs/']) {
    for (const method of ['GET', 'HEAD', 'OPTIONS'] as const) {
      if (url.startsWith('/demo/slow')) continue
      t.same(setCookies(await service.request({ method, url })), [], `${method} ${url}`)
    }
  }
})

t.test(
  'answers JSON whatever callback is asked for, and no data where an address names a file',
  async (t) => {
    const service = await buildApp(t)
    const jar = await signUp(service)
    for (const name of ['callback', 'jsonp', 'cb']) {
      const { headers, body } = await service.request({ url: `/me?${name}=steal` }, jar)
      t.match(headers['content-type'], /^application\/json/)
      t.notMatch(body, /steal/)
    }
    for (const url of ['/me/x.css', '/me.css', '/me%2fx.css', '/me;x.css', '/me%00.css', '/me/..%2fx.js']) {
      const { statusCode, body } = await service.request({ url }, jar)
      t.ok([400, 404].includes(statusCode), `${url}: ${statusCode}`)
      t.notMatch(body, /@example/)
    }
  },
)
