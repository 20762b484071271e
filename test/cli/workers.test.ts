import { once } from 'node:events'
import { createServer } from 'node:net'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { readConfig } from '../../src/config/config.ts'
import { commandLine, WITHOUT_TERMINAL } from '../support/command-line.ts'
import { startWorkers } from '../support/workers.ts'

t.test('refuses wrong settings, and a database that only one process can use', async (t) => {
  const { tacit } = commandLine(t)
  for (const [environment, message] of [
    [{ WORKERS: '0' }, 'WORKERS must be auto, or a whole number from 1 to 256'],
    [
      { REDIS_URL: 'http://x' },
      'REDIS_URL must be a URL such as redis://:password@127.0.0.1:6379, or rediss:// for TLS',
    ],
    [
      { REDIS_URL: 'redis://[x' },
      'REDIS_URL must be a URL such as redis://:password@127.0.0.1:6379, or rediss:// for TLS',
    ],
  ] as const) {
    t.throws(() => readConfig(environment), { message })
  }
  const environment = { WORKERS: '2', DATABASE_URL: ':memory:' }
  const stderr = 'tacit: WORKERS must be 1 with DATABASE_URL=:memory:, which only one process can use\n'
  t.same(await tacit(['start'], { environment }), { status: 1, stdout: '', stderr })
})

t.test('WORKERS=auto is one process for each core', async (t) => {
  t.equal(readConfig({ WORKERS: 'auto' }).workers, availableParallelism())
})

t.test('start with several workers tells once that it cannot listen, and ends with status 1', async (t) => {
  const { tacit } = commandLine(t)
  const other = createServer()
  await once(other.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const environment = { WORKERS: '3', PORT: port, FASTIFY_ADDRESS: '127.0.0.1' }
  const { status, stderr } = await tacit(['start'], { environment })
  t.equal(status, 1)
  t.equal(
    stderr,
    `tacit: Port ${port} of 127.0.0.1 is in use, perhaps by a service that is still running. Stop that program, or choose another port, such as PORT=${port + 1}\n`,
  )
})

t.test('a second signal ends every process at once', async (t) => {
  const service = await startWorkers(t, 2)
  for (const pid of service.pids()) process.kill(pid, 'SIGSTOP')
  service.signal('SIGTERM')
  service.signal('SIGINT')
  t.equal(await service.exit, 1)
  await t.rejects(fetch(`http://127.0.0.1:${service.port}/health/live`))
})

t.test(
  'start with workers shows its text once on a terminal, and stops when the terminal closes',
  { skip: WITHOUT_TERMINAL },
  async (t) => {
    const line = commandLine(t)
    const environment = { LOG_LEVEL: 'info', PORT: 0, FASTIFY_ADDRESS: '127.0.0.1', WORKERS: '2' }
    const terminal = line.onTerminal(['start'], environment)
    let shown = ''
    terminal.stdout.setEncoding('utf8')
    for await (const chunk of terminal.stdout) {
      shown += chunk
      if (shown.split('Server listening').length > 2) break
    }
    t.equal(shown.split('Ctrl-C stops it').length, 2)
    const port = /127\.0\.0\.1:(\d+)/.exec(shown)?.[1]
    terminal.kill('SIGKILL')
    const answers = () => fetch(`http://127.0.0.1:${port}/health/live`).then(Boolean, () => false)
    while (await answers()) await sleep(20)
    t.pass('the service has stopped')
  },
)
