import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import t from 'tap'
import { buildApp } from '../support/app.ts'
import { withoutPrograms } from '../support/find-program.ts'

const README = readFileSync(new URL('../../README.md', import.meta.url), 'utf8')

/** The block of the section "Without a browser" that a reader pastes. */
const demo = README.split('```').find((block) => block.startsWith('sh\n') && block.includes('/auth/register'))

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
