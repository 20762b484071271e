/**
 * `npm run profile`: writes a CPU profile of GET /me under load, once warm, for the developer tools of Chromium or
 * https://www.speedscope.app, and prints which functions the time went to.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { Session } from 'node:inspector/promises'
import type { AddressInfo } from 'node:net'
import { parseArgs } from 'node:util'
import Fastify from 'fastify'
import service, { serverOptions } from '../src/app.ts'
import { readConfig } from '../src/config/config.ts'
import { cookieHeader, register } from './people.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '5' },
    refresh: { type: 'boolean', default: false },
    help: { type: 'boolean', short: 'h', default: false },
  },
})
if (values.help) {
  console.log(
    'npm run profile -- [--seconds 5] [--refresh]\n\n--refresh lets every request ask for a new access token.',
  )
  process.exit()
}

const environment = {
  DATABASE_URL: ':memory:',
  LOG_LEVEL: 'error',
  RATE_LIMIT_MAX: 1_000_000_000,
  SECRET_KEY: 'only-for-profiling-0123456789-abcdefghij',
}
const app = Fastify(serverOptions(readConfig(environment)))
await app.register(service, { environment })
await app.listen({ port: 0 })
const url = `http://localhost:${(app.server.address() as AddressInfo).port}`
const cookies = await register(url, 'profile@example.com')
// Within ROTATION_SETTLE the token is handed out again, with a new access token: all of a refresh but the write.
if (values.refresh) cookies.delete('access')

async function load(seconds: number): Promise<void> {
  const header = `cookie=${cookieHeader(cookies)}`
  const args = ['node_modules/.bin/autocannon', '-c', '64', '-d', String(seconds), '-H', header, `${url}/me`]
  const [status] = await once(spawn(process.execPath, args, { stdio: 'ignore' }), 'exit')
  if (status !== 0) throw new Error(`autocannon ended with status ${status}`)
}

await load(2)
const session = new Session()
session.connect()
await session.post('Profiler.enable')
await session.post('Profiler.setSamplingInterval', { interval: 200 })
await session.post('Profiler.start')
await load(Number(values.seconds))
const { profile } = await session.post('Profiler.stop')
await app.close()

const file = new URL('get-me.cpuprofile', import.meta.url)
writeFileSync(file, JSON.stringify(profile))

const ROOT = new URL('..', import.meta.url).href
const names = new Map(profile.nodes.map(({ id, callFrame }) => [id, callFrame]))
const spent = new Map<string, number>()
let busy = 0
profile.samples?.forEach((id, index) => {
  const { functionName = '', url: source = '', lineNumber = 0 } = names.get(id) ?? {}
  const time = profile.timeDeltas?.[index] ?? 0
  if (functionName === '(idle)') return
  busy += time
  const place = source.replace(ROOT, '').replace(/^.*node_modules\//, '')
  const key = `${functionName || '(anonymous)'} ${place}:${lineNumber + 1}`
  spent.set(key, (spent.get(key) ?? 0) + time)
})
for (const [key, time] of [...spent].sort(([, a], [, b]) => b - a).slice(0, 40)) {
  console.log(`${((100 * time) / busy).toFixed(1).padStart(5)} %  ${key.slice(0, 100)}`)
}
console.log(`\nThe whole profile is in ${file.pathname}`)
