import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import t from 'tap'
import { buildApp } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { withoutPrograms } from '../support/find-program.ts'
import { startServer } from '../support/processes.ts'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))
const README = readFileSync(join(ROOT, 'README.md'), 'utf8')

/** The block of the section "Without a browser" that a reader pastes. */
const demo = README.split('```').find((block) => block.startsWith('sh\n') && block.includes('/auth/register'))

/** The block of the section "Load-test it" for a second terminal. */
const loadTest = README.split('```').find((block) => block.includes('npx autocannon'))

const skip = withoutPrograms([['curl', '--version']])

t.test('the commands of README.md for curl can be pasted twice', { skip }, async (t) => {
  const service = await buildApp(t, {
    routes: (app) => {
      app.get('/advance', { config: { auth: 'public' } }, async () => {
        // Longer than the access token lives.
        service.clock.advance(1_000)
        return {}
      })
    },
  })
  await service.app.listen({ port: 0, host: '127.0.0.1' })
  const { port } = service.app.server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  const commands = String(demo).slice('sh\n'.length).replaceAll('http://localhost:3000', url)
  // The clock of the service moves instead of the time of day. Each paste comes at another second.
  const paste = async (second: number) => {
    const sleep = `sleep() { curl -s ${url}/advance > /dev/null; }; date() { echo ${second}; }\n`
    const shell = spawn('sh', ['-c', sleep + commands], { cwd, stdio: ['ignore', 'pipe', 'ignore'] })
    const [output] = await Promise.all([text(shell.stdout), once(shell, 'close')])
    return [...output.matchAll(/HTTP\/1\.1 (\d+)/g)].map(([, status]) => status)
  }
  const cwd = t.testdir({})
  t.strictSame(await paste(1), ['201', '200', '200'])
  t.strictSame(await paste(2), ['201', '200', '200'])
})

t.test('the commands of README.md for a load test get 2xx answers only', { skip }, async (t) => {
  const [, settings = ''] =
    /\n((?:[A-Z_]+=\S+ )+)npm start/.exec(README.split('## Load-test it')[1] ?? '') ?? []
  const environment = Object.fromEntries(
    settings
      .trim()
      .split(' ')
      .map((setting) => setting.split('=')),
  )
  t.match(environment, { RATE_LIMIT_MAX: /^\d+$/, LOGIN_RATE_LIMIT_MAX: /^\d+$/ })
  const { port } = await startServer(t, temporaryDatabase(t), { ...environment, NODE_ENV: 'test' })
  const commands = String(loadTest)
    .slice('sh\n'.length)
    .replaceAll('http://localhost:3000', `http://127.0.0.1:${port}`)
    // So many requests instead of ten seconds, and a result for programs.
    .replaceAll('-d 10', '-a 40 -j')
  const shell = spawn('sh', ['-c', commands], { cwd: ROOT, stdio: ['ignore', 'pipe', 'ignore'] })
  const [output] = await Promise.all([text(shell.stdout), once(shell, 'close')])
  const results = [...output.matchAll(/\{"url":.*/g)].map(([line]) => JSON.parse(line))
  t.strictSame(
    results.map((result) => [result['2xx'], result.non2xx, result.errors]),
    [
      [40, 0, 0],
      [40, 0, 0],
    ],
    output,
  )
})
