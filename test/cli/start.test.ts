import { on, once } from 'node:events'
import { existsSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { commandLine } from '../support/command-line.ts'

t.test('start runs the service until it is told to stop', async (t) => {
  const { begin, environment } = commandLine(t)
  const service = begin(['start', '--port', '0', '--address', '127.0.0.1'], {
    environment: { LOG_LEVEL: 'info', PORT: 1 },
  })
  t.teardown(() => service.kill('SIGKILL'))
  let url: string | undefined
  for await (const [line] of on(createInterface({ input: service.stdout }), 'line')) {
    url = /listening at (http:[^"]+)/.exec(line)?.[1]
    if (url !== undefined) break
  }
  t.equal((await fetch(`${url}/health/ready`)).status, 200)
  t.ok(existsSync(`${environment.DATABASE_URL}`.slice('file:'.length)))
  const exit = once(service, 'exit')
  service.kill('SIGTERM')
  t.strictSame(await exit, [0, null])
})

t.test('start ends with a sentence and status 1 when it cannot listen', async (t) => {
  const { tacit } = commandLine(t)
  const other = createServer()
  await once(other.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const environment = { PORT: port, FASTIFY_ADDRESS: '127.0.0.1' }
  t.match(await tacit(['start'], { environment }), {
    status: 1,
    stderr: /^tacit: listen EADDRINUSE: [^\n]+\n$/,
  })
})

t.test('start refuses a wrong setting with a sentence', async (t) => {
  const { tacit, directory } = commandLine(t)
  t.match(await tacit(['start', '--port', 'http']), {
    status: 1,
    stdout: /^$/,
    stderr: /^tacit: PORT [^\n]+\n$/,
  })
  t.notOk(existsSync(join(directory, 'tacit.db')))
})
