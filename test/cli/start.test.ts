import { on, once } from 'node:events'
import { existsSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import t from 'tap'
import { type CommandLine, commandLine, createUser, WITHOUT_TERMINAL } from '../support/command-line.ts'

t.test('start runs the service until it receives a signal to stop', async (t) => {
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

t.test('start exits with a message and status 1 when it cannot listen', async (t) => {
  const { tacit } = commandLine(t)
  const other = createServer()
  await once(other.listen(0, '127.0.0.1'), 'listening')
  t.teardown(() => other.close())
  const { port } = other.address() as { port: number }
  const environment = { PORT: port, FASTIFY_ADDRESS: '127.0.0.1' }
  const { status, stdout, stderr } = await tacit(['start'], { environment })
  t.equal(status, 1)
  t.notMatch(stdout, 'EADDRINUSE')
  t.equal(
    stderr,
    `tacit: Port ${port} of 127.0.0.1 is in use, perhaps by a service that is still running. Stop that program, or choose another port, such as PORT=${port + 1}\n`,
  )
})

t.test('start ends with the sentence of the system when it cannot listen for another reason', async (t) => {
  const { tacit } = commandLine(t)
  const FASTIFY_SOCKET = 'missing/tacit.sock'
  const { status, stderr } = await tacit(['start'], { environment: { FASTIFY_SOCKET } as object })
  t.equal(status, 1)
  t.match(stderr, /^tacit: listen [^\n]+tacit\.sock\n$/)
})

/**
 * Starts the service on a terminal, stops it by Ctrl-C after the line `end` and the line of the log, which
 * come in either order, and returns what it wrote there.
 */
async function onTerminal(
  { onTerminal }: CommandLine,
  environment: object,
  end = /Mail .+\r?\n/,
): Promise<string> {
  const child = onTerminal(['start'], environment)
  let shown = ''
  let wasStopped = false
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    shown += chunk
    if (wasStopped || !end.test(shown) || !LISTENING_LINE.test(shown)) return
    wasStopped = true
    child.stdin.write('\u0003')
  })
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`It ended with status ${status}: ${shown}`)
  return shown.replaceAll('\r', '')
}

const LISTENING_LINE = /listening at .+\r?\n/

const LISTENING = { LOG_LEVEL: 'info', PORT: 0, FASTIFY_ADDRESS: '127.0.0.1', NODE_ENV: 'development' }

/** The text that is no line of the log. */
const textOf = (shown: string): string => shown.replace(/^(\{.*|\^C)\n?/gm, '').trim()

t.test(
  'start shows on a terminal where the service is and what to do next',
  { skip: WITHOUT_TERMINAL },
  async (t) => {
    const line = commandLine(t)
    const { DATABASE_URL, SECRET_KEY } = line.environment
    const shown = await onTerminal(line, LISTENING)
    const [, port] = /listening at http:\/\/127\.0\.0\.1:(\d+)/.exec(shown) ?? []
    t.match(textOf(shown), /^Tacit \d+\.\d+\.\d+ is running\. Ctrl-C stops it\./)
    t.match(
      textOf(shown),
      `  Pages     http://localhost:${port}/\n  API       http://localhost:${port}/docs/\n`,
    )
    t.match(textOf(shown), `  Database  ${DATABASE_URL} (stop the service before you delete or replace it)\n`)
    t.match(textOf(shown), `  Mail      goes to the log and to http://localhost:${port}/demo/mail\n`)
    t.match(textOf(shown), '  npm run -s tacit -- user create you@example.com --role admin')
    t.notMatch(shown, `${SECRET_KEY}`)

    await createUser(line, 'ada@example.com', '--role', 'admin')
    t.notMatch(textOf(await onTerminal(line, LISTENING)), 'administrator yet')
  },
)

t.test(
  'start shows nothing but the log on a socket of the file system',
  { skip: WITHOUT_TERMINAL },
  async (t) => {
    const line = commandLine(t)
    const FASTIFY_SOCKET = 'tacit.sock'
    t.equal(textOf(await onTerminal(line, { LOG_LEVEL: 'info', FASTIFY_SOCKET }, LISTENING_LINE)), '')
  },
)

t.test('start and commands warn of a misspelt setting', async (t) => {
  const { tacit, directory } = commandLine(t)
  writeFileSync(join(directory, '.env'), 'ACCESS_TOKEN_TLL=1h\n')
  const sentence =
    'ACCESS_TOKEN_TLL in .env is not a setting of the service and is ignored. Did you mean ACCESS_TOKEN_TTL?'
  // The start ends here, after the warning.
  const environment = { LOG_LEVEL: 'warn', FASTIFY_SOCKET: 'missing/tacit.sock' } as object
  t.match((await tacit(['start'], { environment })).stdout, `"msg":"${sentence}"`)
  t.match(await tacit(['migrate']), { status: 0, stderr: `tacit: ${sentence}\n` })
})

t.test('start refuses a wrong setting with a message', async (t) => {
  const { tacit, directory } = commandLine(t)
  t.match(await tacit(['start', '--port', 'http']), {
    status: 1,
    stdout: /^$/,
    stderr: /^tacit: PORT [^\n]+\n$/,
  })
  t.notOk(existsSync(join(directory, 'tacit.db')))
})
