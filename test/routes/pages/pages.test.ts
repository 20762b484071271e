import { existsSync } from 'node:fs'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import t, { type Test } from 'tap'
import app, { serverOptions } from '../../../src/app.ts'
import { readConfig } from '../../../src/config/config.ts'
import type { Environment } from '../../../src/config/environment.ts'
import { buildApp, SECRET, signUp, testEnvironment } from '../../support/app.ts'
import { isRefusal } from '../../support/refusals.ts'
import { claimsOf } from '../../support/tokens.ts'

interface Options {
  readonly environment?: Partial<Environment>
  readonly pagesFolder?: string
  readonly log?: (line: string) => void
}

async function start(t: Test, { environment, pagesFolder, log = () => {} }: Options) {
  const settings = { ...testEnvironment, NODE_ENV: 'development', LOG_LEVEL: 'warn', ...environment }
  const server = serverOptions(readConfig(settings))
  const fastify = Fastify({ ...server, logger: { ...server.logger, stream: { write: log } } })
  t.teardown(() => fastify.close())
  await fastify.register(fp(app), { environment: settings, ...(pagesFolder && { pagesFolder }) })
  await fastify.ready()
  return fastify
}

const PAGES = {
  'index.html': '<!doctype html><title>Ours</title>',
  assets: { 'index-1a2b3c.js': 'export {}' },
}

t.test('serves the pages in development without a setting', async (t) => {
  const service = await start(t, { pagesFolder: t.testdir(PAGES) })
  const page = await service.inject('/')
  t.equal(page.statusCode, 200)
  t.equal(page.headers['content-type'], 'text/html; charset=utf-8')
  t.equal(page.body, PAGES['index.html'])

  t.test('serves the pages under the policy that holds everywhere', async (t) => {
    t.match(page.headers['content-security-policy'], "script-src 'self';style-src 'self'")
  })

  t.test('makes browsers revalidate files, except those with a hash in their name', async (t) => {
    t.equal(page.headers['cache-control'], 'no-cache')
    const again = await service.inject({
      url: '/',
      headers: { 'if-modified-since': new Date(Date.now() + 60_000).toUTCString() },
    })
    t.equal(again.statusCode, 200)
    t.equal(again.headers['content-security-policy'], page.headers['content-security-policy'])
    for (const validator of ['etag', 'last-modified']) t.equal(page.headers[validator], undefined)
    const script = await service.inject('/assets/index-1a2b3c.js')
    t.equal(script.statusCode, 200)
    t.equal(script.headers['cache-control'], 'public, max-age=31536000, immutable')
  })

  t.test('answers 404 for a page that does not exist', async (t) => {
    for (const url of ['/nowhere', '/assets/', '/assets/other.js', '/..%2fpackage.json']) {
      isRefusal(t, await service.inject(url), {
        status: 404,
        code: 'NOT_FOUND',
        message: 'There is nothing here',
      })
    }
    t.equal((await service.inject('/me')).statusCode, 401)
  })
})

t.test('serves the example as it was built, without inline code', async (t) => {
  const service = await start(t, {})
  const page = await service.inject('/')
  t.equal(page.statusCode, 200)
  const sources = [...page.body.matchAll(/<(?:script|link)[^>]* (?:src|href)="([^"]+)"/g)].map(([, url]) =>
    String(url),
  )
  t.ok(sources.length >= 3)
  for (const url of sources) t.equal((await service.inject(url)).statusCode, 200, url)
  t.notMatch(page.body, /<style|style=|<script[^>]*>[^<]/)
})

t.test('lets pages load from their own origin alone, and no script holds personal data', async (t) => {
  const service = await buildApp(t, { environment: { NODE_ENV: 'development' } })
  const jar = await signUp(service)
  const { sub } = claimsOf(jar.get('access') as string)
  for (const url of ['/', '/docs/']) {
    const { headers, body } = await service.request({ url }, jar)
    const policy = String(headers['content-security-policy'])
    t.match(policy, /default-src 'none'/, url)
    t.match(policy, /connect-src 'self'(;|$)/)
    t.notMatch(policy, /https?:|\*/)
    t.notMatch(body, /<(script|link|img)[^>]+(src|href)="(https?:)?\/\//)
    t.notMatch(body, /<(object|embed|applet)\b/i)
    const sources = [...body.matchAll(/<script[^>]*\ssrc="([^"]+)"/g)].map(([, source]) => String(source))
    t.ok(sources.length > 0)
    for (const source of sources) {
      const script = await service.request({ url: new URL(source, `http://x${url}`).pathname }, jar)
      t.equal(script.statusCode, 200, source)
      for (const personal of ['ada@example.com', String(sub)]) t.notOk(script.body.includes(personal))
    }
  }
})

t.test('writes into a page what its views need, and whether a session cookie came', async (t) => {
  const element = '<meta name="tacit" content="" />'
  const pagesFolder = t.testdir({ 'index.html': `<!doctype html>${element}` })
  const service = await start(t, { pagesFolder, environment: { PASSWORD_MIN_LENGTH: 20 } })
  const settingsFor = async (url: string, cookie?: string) => {
    const page = await service.inject({ url, ...(cookie && { headers: { cookie } }) })
    t.equal(page.headers['cache-control'], 'no-store', 'history navigation asks again')
    const [, content = ''] = /content="([^"]+)"/.exec(page.body) as RegExpExecArray
    return JSON.parse(content.replaceAll('&quot;', '"'))
  }
  const settings = { development: true, passwordMinLength: 20, hasSession: false }
  t.strictSame(await settingsFor('/'), settings)
  t.strictSame(await settingsFor('/index.html', 'device=abc; refresh='), settings)
  for (const cookie of ['access=a', 'theme=dark; refresh=b']) {
    t.strictSame(await settingsFor('/', cookie), { ...settings, hasSession: true }, cookie)
  }
})

t.test('serves pages as PAGES says, whatever the environment', async (t) => {
  const pagesFolder = t.testdir(PAGES)
  const off = await start(t, { pagesFolder, environment: { PAGES: 'false' } })
  t.equal((await off.inject('/')).statusCode, 404)
  const production = { NODE_ENV: 'production', SECRET_KEY: SECRET, ISSUER: 'https://auth.example.com' }
  const absent = await start(t, { pagesFolder, environment: production })
  t.equal((await absent.inject('/')).statusCode, 404)
  const wanted = await start(t, { pagesFolder, environment: { ...production, PAGES: 'true' } })
  t.equal((await wanted.inject('/')).statusCode, 200)
})

t.test('logs that the pages were not built, and starts', async (t) => {
  const lines: string[] = []
  const pagesFolder = `${t.testdir({})}/dist`
  t.notOk(existsSync(pagesFolder))
  const service = await start(t, { pagesFolder, log: (line) => lines.push(line) })
  t.match(lines.join(''), `There are no pages in ${pagesFolder}. Run \`npm run build\`.`)
  t.equal((await service.inject('/')).statusCode, 404)
  t.equal((await service.inject('/health/live')).statusCode, 200)
})
