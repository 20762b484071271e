import { createHash } from 'node:crypto'
import Fastify, { type FastifyInstance } from 'fastify'
import t from 'tap'
import app, { serverOptions } from '../../../src/app.ts'
import { readConfig } from '../../../src/config/config.ts'
import { readmeUrl } from '../../../src/openapi/readme.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, SECRET, signUp, testEnvironment } from '../../support/app.ts'
import { FORBIDDEN, isRefusal, unproved } from '../../support/refusals.ts'

t.test('serves the API document to the origins that CORS trusts', async (t) => {
  const url = '/docs/openapi.json'
  const headers = { origin: 'https://app.example.com' }
  const closed = await (await buildApp(t)).request({ url, headers })
  t.equal(closed.headers['access-control-allow-origin'], undefined)
  const trusting = await buildApp(t, { environment: { TRUSTED_ORIGINS: headers.origin } })
  t.equal((await trusting.request({ url, headers })).headers['access-control-allow-origin'], headers.origin)
})

t.test('allows the documentation page its own inline script, and no other', async (t) => {
  const service = await buildApp(t)
  const page = await service.request({ url: '/docs/' })
  t.equal(page.statusCode, 200)
  t.match(page.headers['content-type'], /^text\/html/)
  const policy = String(page.headers['content-security-policy'])
  const inline = [...page.body.matchAll(/<script(?![^>]*\ssrc=)[^>]*>([\s\S]*?)<\/script>/g)]
  t.ok(inline.length > 0)
  for (const [, script = ''] of inline) {
    t.match(policy, `'sha256-${createHash('sha256').update(script).digest('base64')}'`)
  }
  const directives = new Map(
    policy.split(';').map((directive) => [directive.split(' ')[0], directive.split(' ').slice(1)] as const),
  )
  t.notMatch(directives.get('script-src'), ["'unsafe-inline'"])
  t.ok(directives.get('script-src')?.every((source) => /^'(self|sha256-.+)'$/.test(source)))
  t.strictSame(directives.get('default-src'), ["'none'"])
  t.strictSame(directives.get('frame-ancestors'), ["'none'"])
  const [, source] = /<script src="([^"]+)"/.exec(page.body) as RegExpExecArray
  t.equal(
    (await service.request({ url: new URL(source as string, 'http://x/docs/').pathname })).statusCode,
    200,
  )
})

t.test('has a title, an icon of its own, and tags in the order of use', async (t) => {
  const service = await buildApp(t)
  const { body } = await service.request({ url: '/docs/' })
  t.match(body, '<title>Tacit API reference</title>')
  const [, icon = ''] = /<link rel="icon" href="([^"]+)"/.exec(body) as RegExpExecArray
  const image = await service.request({ url: new URL(icon, 'http://x/docs/').pathname })
  t.match([image.statusCode, image.headers['content-type']], [200, /^image\/svg\+xml/])
  const document = (await service.request({ url: '/docs/openapi.json' })).json()
  const names = document.tags.map(({ name }: { name: string }) => name)
  t.strictSame(names.slice(0, 2), ['sign-in', 'me'])
  const used = Object.values(document.paths as Record<string, Record<string, { tags?: string[] }>>)
    .flatMap((operations) => Object.values(operations))
    .flatMap(({ tags = [] }) => tags)
  t.strictSame(new Set(used), new Set(names), 'each tag is described, and used')
  t.match(document.info.description, 'POST /auth/login')
})

t.test(
  'links from the reference to the pages and the README, and has the name of the application',
  async (t) => {
    const name = '</title><script>alert(1)</script> $&'
    const service = await buildApp(t, { environment: { APP_NAME: name, PAGES: 'true' } })
    const { body } = await service.request({ url: '/docs/' })
    t.match(body, '<title>&lt;/title&gt;&lt;script&gt;alert(1)&lt;/script&gt; $&amp; API reference</title>')
    t.equal(body.match(/<title>/g)?.length, 1)
    t.notMatch(body, /alert\(1\)<\/script>/)

    const { info } = (await service.request({ url: '/docs/openapi.json' })).json()
    const links = [...info.description.matchAll(/\[[^\]]+\]\(([^)]+)\)/g)].map(([, link]) => String(link))
    t.strictSame(links, ['../', './readme'])
    for (const link of links) {
      t.equal(
        (await service.request({ url: new URL(link, 'http://x/docs/').pathname })).statusCode,
        200,
        link,
      )
    }
    const readme = await service.request({ url: '/docs/readme' })
    t.equal(readme.headers['content-type'], 'text/plain; charset=utf-8')
    t.match(readme.body, /^# Tacit\n/)
    const without = (await (await buildApp(t)).request({ url: '/docs/openapi.json' })).json()
    t.notMatch(without.info.description, '../')
  },
)

t.test('links to the README in the repository, if the package names one', async (t) => {
  const service = await buildApp(t)
  const url = 'https://example.org/tacit/tacit#readme'
  for (const repository of [
    'https://example.org/tacit/tacit',
    { url: 'git+https://example.org/tacit/tacit.git' },
  ]) {
    t.equal(readmeUrl(repository), url)
  }
  for (const repository of [{}, 'github:tacit/tacit', { url: 'git+ssh://git@example.org/tacit.git' }]) {
    t.equal(readmeUrl(repository), undefined)
  }
  Object.assign(internalsOf(service.app), { readme: { file: '', url } })
  const { statusCode, headers } = await service.request({ url: '/docs/readme' })
  t.strictSame([statusCode, headers.location], [302, url])
})

t.test('requires an administrator for the document in production', async (t) => {
  const service = await buildApp(t, {
    environment: {
      NODE_ENV: 'production',
      SECRET_KEY: SECRET,
      COOKIE_SECURE: 'false',
      INSECURE_COOKIES: 'true',
      ISSUER: 'http://localhost',
    },
  })
  const browser = await signUp(service)
  isRefusal(t, await service.request({ url: '/docs/openapi.json' }), unproved('TOKEN_MISSING'))
  isRefusal(t, await service.request({ url: '/docs/' }, browser), {
    status: 403,
    code: 'ACCESS_FORBIDDEN',
    message: FORBIDDEN,
  })
  const user = await internalsOf(service.app).accounts.findByEmail('ada@example.com')
  if (user) await internalsOf(service.app).accounts.setRole(user, 'admin')
  t.equal((await service.request({ url: '/docs/' }, browser)).statusCode, 200)
  t.equal((await service.request({ url: '/docs/openapi.json' }, browser)).statusCode, 200)
})

t.test('serves the page beside the document under a prefix', async (t) => {
  const service = Fastify(serverOptions(readConfig(testEnvironment)))
  t.teardown(() => service.close())
  const within = async (scope: FastifyInstance) => {
    await scope.register(app, { environment: testEnvironment })
  }
  await service.register(within, { prefix: '/identity' })
  const moved = await service.inject({ url: '/identity/docs' })
  t.equal(new URL(String(moved.headers.location), 'http://x/identity/docs').pathname, '/identity/docs/')
  const statuses = ['', 'js/scalar.js', 'openapi.json'].map(
    async (path) => (await service.inject({ url: `/identity/docs/${path}` })).statusCode,
  )
  t.same(await Promise.all(statuses), [200, 200, 200])
})
