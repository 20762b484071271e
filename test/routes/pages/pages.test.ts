import { existsSync, readFileSync } from 'node:fs'
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

/** The value of a text of JSON, or the text. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

t.test('writes into a page what its views need, and whether a session cookie came', async (t) => {
  const element = '<meta name="tacit" content="" />'
  const pagesFolder = t.testdir({ 'index.html': `<!doctype html>${element}` })
  const service = await start(t, { pagesFolder, environment: { PASSWORD_MIN_LENGTH: 20 } })
  const settingsFor = async (url: string, cookie?: string) => {
    const page = await service.inject({ url, ...(cookie && { headers: { cookie } }) })
    t.equal(page.headers['cache-control'], 'no-store', 'history navigation asks again')
    const [, content = ''] = /content="([^"]+)"/.exec(page.body) as RegExpExecArray
    return parsed(content.replaceAll('&quot;', '"'))
  }
  const mail = { mail: true, confirms: true }
  const settings = { name: 'Tacit', development: true, passwordMinLength: 20, hasSession: false, ...mail }
  t.strictSame(await settingsFor('/'), settings)
  t.strictSame(await settingsFor('/index.html', 'device=abc; refresh='), settings)
  for (const cookie of ['access=a', 'theme=dark; refresh=b']) {
    t.strictSame(await settingsFor('/', cookie), { ...settings, hasSession: true }, cookie)
  }
})

t.test('writes into a page whether the service sends mail and confirms addresses', async (t) => {
  const element = '<meta name="tacit" content="" />'
  const pagesFolder = t.testdir({ 'index.html': `<!doctype html>${element}` })
  const pageWith = async (environment: Partial<Environment>) =>
    (await (await start(t, { pagesFolder, environment: { PAGES: 'true', ...environment } })).inject('/')).body
  const off = { EMAIL_VERIFICATION: 'off' } as const
  t.match(await pageWith(off), '&quot;mail&quot;:true,&quot;confirms&quot;:false')
  t.match(await pageWith({ NODE_ENV: 'test' }), '&quot;mail&quot;:false,&quot;confirms&quot;:false')
})

/** Names that would be HTML, an entity, JSON, or a pattern of String.replace. */
const NAMES = [
  'Ours & Co.',
  '</title><script>alert(1)</script>',
  '" /><img src=x onerror=alert(1)>',
  '&quot;,&quot;name&quot;:&quot;x',
  "$& $' $` $1 \\",
  '株式会社テスト 🙂',
]

t.test('writes the name of the application into the page, whatever its characters', async (t) => {
  for (const name of NAMES) {
    const service = await start(t, { environment: { APP_NAME: name } })
    const plain = (await (await start(t, {})).inject('/')).body
    const { body } = await service.inject('/')
    const decoded = (text = '') =>
      text.replace(/&(amp|lt|gt|quot|#39);/g, (_, entity: string) => ENTITIES[entity as 'amp'])
    t.equal(decoded(/<title>([^<]*)<\/title>/.exec(body)?.[1]), name)
    t.match(parsed(decoded(/name="tacit" content="([^"]*)"/.exec(body)?.[1])), { name })
    const elements = (page: string) => page.match(/<[a-z/]+/g)
    t.strictSame(elements(body), elements(plain), 'there is no other element')
  }
})

const ENTITIES = { amp: '&', lt: '<', gt: '>', quot: '"', '#39': "'" } as const

t.test('leaves the title and the stylesheets of other pages alone', async (t) => {
  const html = '<!doctype html><head><title>Tacit</title></head>'
  const environment = { APP_NAME: 'Ours', APP_COLOR: '#123456' }
  const service = await start(t, { pagesFolder: t.testdir({ 'index.html': html }), environment })
  t.equal((await service.inject('/')).body, html)
  t.equal((await service.inject('/brand.css')).statusCode, 200, 'and offers them the colours')
})

const COLOURS = ['#0d6a4a', '#ffffff', '#000000', '#ffee00', '#777777', '#ff0000', '#0000ff', '#7fffd4']

t.test('gives the pages the colour of the application, with texts that can be read', async (t) => {
  t.equal((await (await start(t, {})).inject('/brand.css')).statusCode, 404, 'without a setting')
  const own = readFileSync(new URL('../../../examples/spa/src/styles/page.css', import.meta.url), 'utf8')
  for (const color of COLOURS) {
    const service = await start(t, { environment: { APP_COLOR: color.slice(1).toUpperCase() } })
    const page = await service.inject('/')
    t.match(page.body, /<link rel="stylesheet" href="\/brand\.css" \/><\/head>/, 'after its own stylesheet')
    t.notMatch(page.body, /<style|style=/)
    t.match(page.headers['content-security-policy'], "style-src 'self';")
    const { headers, body } = await service.inject('/brand.css')
    t.match(headers, { 'content-type': 'text/css; charset=utf-8', 'cache-control': 'no-cache' })

    const blocks = [...own.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) => variablesIn(String(block)))
    const branded = [...body.matchAll(/:root \{([^}]*)\}/g)].map(([, block]) => variablesIn(String(block)))
    t.equal(branded.length, 2, 'light and dark')
    for (const [place, brand] of branded.entries()) {
      const scheme = { ...blocks[place], ...brand } as Record<string, string>
      t.equal(scheme.fill, color)
      for (const [text, background] of [
        ['on-fill', 'fill'],
        ['accent', 'paper'],
        ['accent', 'raised'],
        ['accent', 'tint'],
        ['ink', 'tint'],
        ['danger', 'paper'],
      ] as const) {
        const contrast = contrastOf(scheme[text] as string, scheme[background] as string)
        t.ok(contrast >= 4.5, `${color}: ${text} on ${background} has ${contrast.toFixed(2)}`)
      }
    }
  }
})

const variablesIn = (block: string): Record<string, string> =>
  Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name, value]),
  )

/** WCAG 2.2, as its formula for relative luminance is printed. */
function contrastOf(...colours: readonly [string, string]): number {
  const [one, other] = colours.map((hex) => {
    const [r = 0, g = 0, b = 0] = [1, 3, 5].map((at) => {
      const sRgb = Number.parseInt(hex.slice(at, at + 2), 16) / 255
      return sRgb <= 0.04045 ? sRgb / 12.92 : ((sRgb + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }) as [number, number]
  return (Math.max(one, other) + 0.05) / (Math.min(one, other) + 0.05)
}

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
