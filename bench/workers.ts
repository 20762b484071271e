/**
 * What several workers cost: `GET /me` by cookie with WORKERS=1 and with WORKERS=2, in turn. Prints
 * requests per second, and the CPU time of one request in all processes of the service.
 *
 *     npx node bench/workers.ts [seconds] [rounds]
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'

const [seconds = 3, rounds = 3] = process.argv.slice(2).map(Number)
const TICK_US = 10_000
const PROGRAM = fileURLToPath(new URL('../src/cli.ts', import.meta.url))

async function start(workers: number): Promise<{ child: ChildProcess; port: number; folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'tacit-workers-'))
  const settings = {
    WORKERS: String(workers),
    RATE_LIMIT_MAX: '1000000000',
    NODE_ENV: 'test',
    LOG_LEVEL: 'info',
  }
  const database = {
    DATABASE_URL: `file:${join(folder, 'tacit.db')}`,
    SECRET_KEY: 'a-secret-for-tests-only-0123456789-abcdefghij',
  }
  const child = spawn(process.execPath, [PROGRAM, 'start', '--port', '0', '--address', '127.0.0.1'], {
    cwd: folder,
    env: { ...process.env, ...settings, ...database },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let port = 0
  let listening = 0
  for await (const line of createInterface({ input: child.stdout })) {
    if (!line.includes('Server listening')) continue
    port = Number(/http:\/\/127\.0\.0\.1:(\d+)/.exec(line)?.[1])
    listening += 1
    if (listening === workers) break
  }
  child.stdout.resume()
  return { child, port, folder }
}

/** CPU time of a process and its descendants: fields 14 and 15 of proc_pid_stat(5). */
function cpuUs(root: number): number {
  const fields = (pid: string) => {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  }
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name))
  const processes = pids.flatMap((pid) => {
    try {
      const [, parent, ...rest] = fields(pid)
      return [
        { pid: Number(pid), parent: Number(parent), us: (Number(rest[9]) + Number(rest[10])) * TICK_US },
      ]
    } catch {
      return []
    }
  })
  const sum = (pid: number): number =>
    processes.reduce(
      (total, each) => total + (each.pid === pid ? each.us : 0) + (each.parent === pid ? sum(each.pid) : 0),
      0,
    )
  return sum(root)
}

async function measure(workers: number): Promise<string> {
  const { child, port, folder } = await start(workers)
  const url = `http://127.0.0.1:${port}`
  const payload = JSON.stringify({ email: 'ada@example.com', password: 'correct horse battery staple' })
  const headers = { 'content-type': 'application/json', 'sec-fetch-site': 'same-origin' }
  const registered = await fetch(`${url}/auth/register`, { method: 'POST', headers, body: payload })
  const cookie = registered.headers
    .getSetCookie()
    .map((line) => line.split(';')[0])
    .join('; ')
  const options = { url: `${url}/me`, connections: 64, headers: { cookie, 'sec-fetch-site': 'same-origin' } }
  await autocannon({ ...options, duration: 1 })
  const before = cpuUs(child.pid as number)
  const { requests, non2xx } = await autocannon({ ...options, duration: seconds })
  const us = (cpuUs(child.pid as number) - before) / requests.total
  if (non2xx > 0) throw new Error(`${non2xx} requests were refused`)
  child.kill('SIGTERM')
  await once(child, 'exit')
  rmSync(folder, { recursive: true })
  return `WORKERS=${workers}  ${Math.round(requests.average)}/s  CPU ${us.toFixed(1)} µs`
}

for (let round = 0; round < rounds; round += 1) {
  for (const workers of [1, 2]) console.log(await measure(workers))
}
