/** The command that starts the demo. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { PASSWORD, SECRET } from '../../support/app.ts'
import { commandLine } from '../../support/command-line.ts'
import { takeBlock } from '../../support/documented-commands.ts'
import { folderWithoutSettings } from '../../support/folders.ts'

takeBlock('examples/README.md', 'npm run demo')
const demo = takeBlock('README.md', 'npm run demo')

t.test('the demo serves the pages, with access tokens that live ten seconds', async (t) => {
  const { environment } = commandLine(t)
  const env = {
    ...process.env,
    DATABASE_URL: environment.DATABASE_URL,
    PORT: '0',
    FASTIFY_ADDRESS: '127.0.0.1',
  }
  // A group of processes: npm, its shell and the service.
  const service = spawn('sh', ['-c', demo], {
    cwd: folderWithoutSettings(t),
    env: { ...env, SECRET_KEY: SECRET, ARGON2_MEMORY_KIB: '1024' },
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  })
  const ended = once(service, 'close')
  t.teardown(() => {
    process.kill(-Number(service.pid), 'SIGTERM')
    return ended
  })
  let shown = ''
  for await (const part of service.stdout.setEncoding('utf8')) {
    shown += part
    if (/listening at http\S+"/.test(shown)) break
  }
  const [, url] = /listening at (http[^"]+)"/.exec(shown) ?? []
  t.match((await fetch(`${url}/`)).headers.get('content-type'), 'text/html')
  const credentials = { email: 'ada@example.com', password: PASSWORD }
  const post = (path: string, body: object) =>
    fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
  t.equal((await post('/auth/register', credentials)).status, 201)
  const grant = { grant_type: 'password', username: credentials.email, password: PASSWORD }
  const { expires_in } = (await (await post('/auth/token', grant)).json()) as { expires_in: number }
  t.ok(expires_in <= 10, `${expires_in}`)
})
