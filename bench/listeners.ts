/**
 * How two processes share a port: node:cluster in turn (`cluster`), node:cluster on one shared socket
 * (`shared`), and SO_REUSEPORT (`reusePort`). For each: requests per second on 64 open connections and
 * on new ones, the share of the busier process, and the requests that fail when one process stops
 * listening.
 *
 *     npx node bench/listeners.ts [seconds]
 */
import { type ChildProcess, fork } from 'node:child_process'
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer, get } from 'node:http'
import { fileURLToPath } from 'node:url'
import autocannon from 'autocannon'

const WAYS = ['cluster', 'shared', 'reusePort'] as const
type Way = (typeof WAYS)[number]
const PROCESSES = 2
const WORK_US = 20

const [role = '3', way] = process.argv.slice(2) as [string, Way]
if (role === 'serve') serve(way)
else if (role === 'primary') runPrimary(way)
else await compare(Number(role))

/** Serves until it is told to stop listening, and tells how many requests it had. */
function serve(way: Way): void {
  let requests = 0
  const server = createServer((_request, response) => {
    requests += 1
    const end = performance.now() + WORK_US / 1_000
    while (performance.now() < end);
    response.end('ok')
  })
  server.listen({ port: Number(process.env.PORT), host: '127.0.0.1', reusePort: way === 'reusePort' }, () =>
    process.send?.('listening'),
  )
  process.on('message', (message) => {
    if (message === 'count') process.send?.({ requests })
    else if (message === 'stop') server.close()
  })
  process.on('disconnect', () => process.exit())
}

/** Passes the messages of two workers on. */
function runPrimary(way: Way): void {
  cluster.schedulingPolicy = way === 'shared' ? cluster.SCHED_NONE : cluster.SCHED_RR
  cluster.setupPrimary({ exec: fileURLToPath(import.meta.url), args: ['serve', way] })
  const workers = Array.from({ length: PROCESSES }, () => cluster.fork())
  for (const worker of workers) worker.on('message', (message) => process.send?.(message))
  process.on('message', (message: { to: number; message: string }) =>
    workers[message.to]?.send(message.message),
  )
  process.on('disconnect', () => {
    for (const worker of workers) worker.process.kill('SIGKILL')
    process.exit()
  })
}

async function start(way: Way, port: number) {
  const options = { env: { ...process.env, PORT: String(port) } }
  const program = fileURLToPath(import.meta.url)
  const children: ChildProcess[] =
    way === 'reusePort'
      ? Array.from({ length: PROCESSES }, () => fork(program, ['serve', way], options))
      : [fork(program, ['primary', way], options)]
  let listening = 0
  const counts: number[] = []
  const ready = Promise.withResolvers<void>()
  for (const child of children) {
    child.on('message', (message: 'listening' | { requests: number }) => {
      if (message === 'listening') listening += 1
      else counts.push(message.requests)
      if (listening === PROCESSES) ready.resolve()
    })
  }
  await ready.promise
  const tell = (to: number, message: string) =>
    way === 'reusePort' ? children[to]?.send(message) : children[0]?.send({ to, message })
  return {
    stopOne: () => tell(0, 'stop'),
    async busierShare(): Promise<number> {
      counts.length = 0
      for (let to = 0; to < PROCESSES; to += 1) tell(to, 'count')
      while (counts.length < PROCESSES) await new Promise((go) => setTimeout(go, 5))
      return Math.max(...counts) / counts.reduce((sum, count) => sum + count, 0)
    },
    async end() {
      for (const child of children) {
        const exit = once(child, 'exit')
        child.disconnect()
        await exit
      }
    },
  }
}

/** New connections while one process stops listening. @returns their rate, and how many failed */
async function failuresOf(port: number, stop: () => void): Promise<string> {
  let failed = 0
  let all = 0
  const from = performance.now()
  const ask = () =>
    new Promise<void>((done) => {
      all += 1
      const request = get({ port, host: '127.0.0.1', agent: false }, (response) => {
        response.resume().once('end', done)
      })
      request.once('error', () => {
        failed += 1
        done()
      })
    })
  for (let round = 0; round < 100; round += 1) {
    const asked = Array.from({ length: 32 }, ask)
    if (round === 50) setImmediate(stop)
    await Promise.all(asked)
  }
  const rate = Math.round(all / ((performance.now() - from) / 1_000))
  return `new ${rate}/s  failed at a stop ${failed} of ${all}`
}

async function compare(duration: number): Promise<void> {
  for (const [place, way] of WAYS.entries()) {
    const port = 18_400 + place
    const service = await start(way, port)
    const url = `http://127.0.0.1:${port}`
    const open = await autocannon({ url, connections: 64, duration })
    const shareOpen = await service.busierShare()
    const failed = await failuresOf(port, service.stopOne)
    console.log(
      `${way.padEnd(10)} open ${Math.round(open.requests.average)}/s (busier ${shareOpen.toFixed(2)})  ${failed}`,
    )
    await service.end()
  }
}
