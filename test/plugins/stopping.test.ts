import { spawn } from 'node:child_process'
import { on, once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import t from 'tap'
import { PASSWORD } from '../support/app.ts'
import { folderWithoutSettings } from '../support/folders.ts'
import { Jar } from '../support/jar.ts'

const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as { scripts: { start: string } }
const [, ...args] = scripts.start.split(' ')

/** Longer than the default wait of fastify-cli. */
const SLOW_MS = 1_500

t.test('answers a request under way when `npm start` receives a signal to stop', async (t) => {
  const settings = { NODE_ENV: 'development', DATABASE_URL: ':memory:', LOG_LEVEL: 'debug', PAGES: 'false' }
  const service = spawn(process.execPath, args, {
    cwd: folderWithoutSettings(t),
    env: { ...process.env, ...settings, PORT: '0', FASTIFY_ADDRESS: '127.0.0.1', ARGON2_MEMORY_KIB: '1024' },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => service.kill('SIGKILL'))
  // Several lines may come at once: they are kept until they are asked for.
  const lines = on(createInterface({ input: service.stdout }), 'line')
  const logged = async (part: RegExp): Promise<RegExpExecArray> => {
    for (;;) {
      const [line] = (await lines.next()).value as [string]
      const found = part.exec(line)
      if (found !== null) return found
    }
  }

  const [, url] = await logged(/listening at (http:[^"]+)/)
  const jar = new Jar()
  const registered = await fetch(`${url}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', password: PASSWORD }),
  })
  jar.take(registered.headers.getSetCookie())
  const arrived = logged(/demo\/slow/)
  const answer = fetch(`${url}/demo/slow?ms=${SLOW_MS}`, { headers: { cookie: jar.header() ?? '' } })
  await arrived
  const exit = once(service, 'exit')
  service.kill('SIGTERM')

  t.equal((await answer).status, 200)
  t.strictSame(await exit, [0, null])
})
