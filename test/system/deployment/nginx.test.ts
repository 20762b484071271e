import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import http from 'node:http'
import https from 'node:https'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { generateSecret } from '../../../src/keys/secrets.ts'
import { internalsOf } from '../../../src/wiring/internals.ts'
import { buildApp, PASSWORD } from '../../support/app.ts'
import { basic } from '../../support/clients.ts'
import { temporaryDatabase } from '../../support/database.ts'
import { withoutPrograms, withSystemPrograms } from '../../support/find-program.ts'
import { freePort } from '../../support/free-port.ts'
import { Jar } from '../../support/jar.ts'
import { startServer } from '../../support/processes.ts'

const EXAMPLE = new URL('../../../examples/nginx/tacit.conf', import.meta.url)
const HOST = 'auth.example.com'
/** Another loopback address than that of nginx, which the service sees without X-Forwarded-For. */
const CLIENT = '127.0.0.2'

const skip = withoutPrograms([
  ['nginx', '-v'],
  ['openssl', 'version'],
])

interface Proxy {
  readonly origin: string
  readonly httpPort: number
  readonly httpsPort: number
  readonly certificate: Buffer
}

/** The example of the repository, with the ports and the certificate of this test. */
function siteFor(servicePort: number, httpPort: number, httpsPort: number, folder: string): string {
  const changes = [
    ['server 127.0.0.1:3000;', `server 127.0.0.1:${servicePort};`],
    ['listen 80;', `listen 127.0.0.1:${httpPort};`],
    ['listen 443 ssl;', `listen 127.0.0.1:${httpsPort} ssl;`],
    [`/etc/letsencrypt/live/${HOST}/fullchain.pem`, join(folder, 'certificate.pem')],
    [`/etc/letsencrypt/live/${HOST}/privkey.pem`, join(folder, 'key.pem')],
  ] as const
  return changes.reduce(
    (site, [from, to]) => {
      if (!site.includes(from)) throw new Error(`The example does not contain ${from}`)
      return site.replace(from, to)
    },
    readFileSync(EXAMPLE, 'utf8'),
  )
}

function makeCertificate(folder: string): void {
  const files = ['-keyout', join(folder, 'key.pem'), '-out', join(folder, 'certificate.pem')]
  const subject = ['-subj', `/CN=${HOST}`, '-addext', `subjectAltName=DNS:${HOST}`]
  const made = spawnSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'].concat([
      '-nodes',
      '-days',
      '2',
      ...subject,
      ...files,
    ]),
  )
  if (made.status !== 0) throw new Error(`openssl failed: ${made.stderr}`)
}

/** nginx with the example, in the foreground, with every file in a folder of the test. */
async function startNginx(t: Test, servicePort: number): Promise<Proxy> {
  const folder = t.testdir({ temporary: {} })
  const [httpPort, httpsPort] = [await freePort(), await freePort()]
  makeCertificate(folder)
  writeFileSync(join(folder, 'tacit.conf'), siteFor(servicePort, httpPort, httpsPort, folder))
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((kind) => `${kind}_temp_path ${join(folder, 'temporary', kind)};`)
    .join(' ')
  writeFileSync(
    join(folder, 'nginx.conf'),
    `${process.getuid?.() === 0 ? 'user root;' : ''} daemon off; worker_processes 1; pid ${join(folder, 'nginx.pid')};
error_log stderr warn; events {} http { access_log off; ${temporary} include ${join(folder, 'tacit.conf')}; }\n`,
  )
  const nginx = spawn('nginx', ['-p', folder, '-e', 'stderr', '-c', join(folder, 'nginx.conf')], {
    env: withSystemPrograms(),
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  const complaints = text(nginx.stderr)
  const ended = once(nginx, 'exit')
  t.teardown(async () => {
    nginx.kill('SIGTERM')
    await ended
  })
  while (!(await accepts(httpsPort))) {
    if (nginx.exitCode !== null) throw new Error(`nginx ended: ${await complaints}`)
    await sleep(20)
  }
  const origin = `https://${HOST}:${httpsPort}`
  return { origin, httpPort, httpsPort, certificate: readFileSync(join(folder, 'certificate.pem')) }
}

const accepts = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })

interface Call {
  readonly jar?: Jar
  readonly body?: object
  readonly headers?: Readonly<Record<string, string>>
}

/** A request as a browser of another machine sends it. */
async function call(proxy: Proxy, method: string, path: string, { jar, body, headers }: Call = {}) {
  const cookie = jar?.header()
  const request = https.request({
    ...{ host: '127.0.0.1', port: proxy.httpsPort, localAddress: CLIENT, method, path, agent: false },
    ...{ servername: HOST, ca: proxy.certificate },
    headers: {
      host: new URL(proxy.origin).host,
      origin: proxy.origin,
      ...(cookie && { cookie }),
      ...(body && { 'content-type': 'application/json' }),
      ...headers,
    },
  })
  request.end(body && JSON.stringify(body))
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const answer = await text(response)
  jar?.take(response.headers['set-cookie'])
  return { status: response.statusCode, headers: response.headers, json: () => JSON.parse(answer) }
}

t.test('serves the service by https through the nginx of examples/', { skip }, async (t) => {
  const database = temporaryDatabase(t)
  const registering = await buildApp(t, { environment: { DATABASE_URL: `file:${database}` } })
  const { client, secret } = await internalsOf(registering.app).clients.create('movies')
  const service = await startServer(t, database, {
    NODE_ENV: 'production',
    SECRET_KEY: generateSecret(),
    ISSUER: `https://${HOST}`,
    TRUST_PROXY: '127.0.0.1',
  })
  const proxy = await startNginx(t, service.port)
  const jar = new Jar()

  await t.test('registers an account, with Secure cookies', async (t) => {
    const body = { email: 'ada@example.com', password: PASSWORD }
    const registered = await call(proxy, 'POST', '/auth/register', { jar, body })
    t.equal(registered.status, 201)
    t.match(registered.headers['set-cookie']?.join('\n'), /^__Host-refresh=.*; Secure/m)
  })

  await t.test('refreshes the session, silently and on demand', async (t) => {
    t.equal((await call(proxy, 'POST', '/auth/refresh', { jar })).status, 204)
    const onlyRefresh = jar.copy().delete('__Host-access')
    const me = await call(proxy, 'GET', '/me', { jar: onlyRefresh })
    t.equal(me.status, 200)
    t.match(me.headers['set-cookie']?.join('\n'), /^__Host-access=/m)
  })

  await t.test('refuses a request of a foreign page', async (t) => {
    const headers = { origin: 'https://evil.example' }
    t.equal((await call(proxy, 'POST', '/auth/logout', { jar, headers })).status, 403)
  })

  await t.test('knows the address of the client, also if the client sends another one', async (t) => {
    const body = { email: 'ada@example.com', password: PASSWORD }
    const headers = { 'x-forwarded-for': '203.0.113.9' }
    const other = new Jar()
    t.equal((await call(proxy, 'POST', '/auth/login', { jar: other, body, headers })).status, 200)
    const { sessions } = (await call(proxy, 'GET', '/me/sessions', { jar: other })).json()
    t.strictSame(
      sessions.map(({ ip }: { ip: string }) => ip),
      [CLIENT, CLIENT],
    )
  })

  await t.test('passes each event of the stream of revocations at once', async (t) => {
    const { sessions } = (await call(proxy, 'GET', '/me/sessions', { jar })).json()
    const { id } = sessions.find(({ current }: { current: boolean }) => current)
    const request = https.request({
      ...{ host: '127.0.0.1', port: proxy.httpsPort, path: '/auth/revocations', agent: false },
      ...{ servername: HOST, ca: proxy.certificate },
      headers: { host: new URL(proxy.origin).host, ...basic(client.id, secret), 'accept-encoding': 'gzip' },
    })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    t.equal(response.statusCode, 200)
    t.equal(response.headers['content-encoding'], undefined)
    let received = ''
    response.setEncoding('utf8').on('data', (part: string) => {
      received += part
    })
    const until = async (part: string) => {
      while (!received.includes(part)) await once(response, 'data')
    }
    await until('event: place')
    t.equal((await call(proxy, 'POST', '/auth/logout', { jar })).status, 204)
    await until(`data: {"of":"session","id":"${id}"}`)
    await until('\n:\n')
    response.destroy()
    t.pass('the change and a heartbeat have arrived')
  })

  await t.test('redirects http to https, and keeps the method', async (t) => {
    const options = {
      host: '127.0.0.1',
      port: proxy.httpPort,
      path: '/me?x=1',
      method: 'PATCH',
      agent: false,
    }
    const request = http.request({ ...options, headers: { host: HOST } })
    request.end()
    const [response] = (await once(request, 'response')) as [IncomingMessage]
    response.resume()
    t.equal(response.statusCode, 308)
    t.equal(response.headers.location, `https://${HOST}/me?x=1`)
  })
})
