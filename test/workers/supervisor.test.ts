import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import type { WorkerProcess } from '../../src/workers/member.ts'
import { createSupervisor } from '../../src/workers/supervisor.ts'
import { environment } from '../support/processes.ts'

const SERVES = `process.send({ tacit: 'ready' }); process.on('message', ({ tacit }) => {
  if (tacit === 'stop' || tacit === 'drain') process.exit(0)
})`
const DIES = 'process.exit(3)'

/** The scripts of the processes, in the order of their starts; the last one for all others. */
function supervisor(t: Test, size: number, scripts: string[], program = process.execPath) {
  const children: ChildProcess[] = []
  const lines: { reason?: string; msg: string }[] = []
  const log = (details: object, msg: string) => void lines.push({ ...details, msg })
  function fork(): WorkerProcess {
    const script = scripts.length > 1 ? (scripts.shift() as string) : (scripts[0] as string)
    const child = spawn(program, ['-e', script], {
      env: environment({}),
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    children.push(child)
    return Object.assign(Object.create(null), {
      process: child,
      isConnected: () => child.connected,
      send: child.send.bind(child),
      on: child.on.bind(child),
      once: child.once.bind(child),
    })
  }
  const clock = { now: 0 }
  const now = () => clock.now
  const supervised = createSupervisor({ size, fork, onMessage() {}, now, log: { info: log, error: log } })
  t.teardown(() => supervised.kill())
  return { ...supervised, children, lines, clock }
}

t.test('gives up when five workers in a row end before one listens', async (t) => {
  const { start, children, lines } = supervisor(t, 2, [DIES])
  await t.rejects(start(), { message: 'A worker process ended with status 3 before it listened' })
  t.equal(children.length, 5)
  t.equal(lines.length, 4)
})

t.test('gives up at once when the first worker says why it cannot start', async (t) => {
  const told = `process.send({ tacit: 'failed', sentence: 'The port is in use' }, () => process.exit(1))`
  const { start, children } = supervisor(t, 2, [told])
  await t.rejects(start(), { message: 'The port is in use' })
  t.equal(children.length, 1)
})

t.test('goes on after a first worker that ended by itself', async (t) => {
  const { start, stop, children } = supervisor(t, 2, [DIES, SERVES])
  await start()
  t.equal(children.length, 3)
  await stop()
})

t.test('replaces the others while one serves, and gives up when none can', async (t) => {
  const { start, failed, children } = supervisor(t, 2, [SERVES, SERVES, DIES])
  await start()
  for (const child of children) child.kill('SIGKILL')
  await t.rejects(failed, { message: /^A worker process ended with status 3/ })
})

t.test('counts no failure of a worker that had lived for a while', async (t) => {
  const { start, stop, children, connected, clock } = supervisor(t, 1, [SERVES])
  await start()
  for (let death = 1; death <= 7; death += 1) {
    clock.now += 5_000
    children.at(-1)?.kill('SIGKILL')
    while (children.length === death || connected().length < 1) await sleep(5)
  }
  t.equal(children.length, 8, 'more than the five that end a service that cannot run')
  await stop()
})

t.test('keeps the old workers when a new one cannot start', async (t) => {
  const { start, roll, stop, lines, connected } = supervisor(t, 2, [SERVES, SERVES, DIES])
  await start()
  await roll()
  t.match(lines, [{ msg: 'A new worker cannot start. The old ones go on' }])
  t.equal(connected().length, 2)
  await stop()
})

t.test('starts no second worker for one that dies during a replacement', async (t) => {
  const { start, roll, stop, children, lines, connected } = supervisor(t, 2, [SERVES])
  await start()
  const rolled = roll()
  children[1]?.kill('SIGKILL')
  await rolled
  t.equal(lines.filter(({ msg }) => msg.includes('takes the place of an old one')).length, 1)
  while (connected().length < 2) await sleep(5)
  t.equal(children.length, 4)
  const ended = lines.filter(({ msg }) => msg.startsWith('A worker process ended'))
  t.equal(ended.length, 1, 'only the killed one is reported, not the replaced one')
  await stop()
})

t.test('gives up when the system starts no process', async (t) => {
  const { start } = supervisor(t, 2, [''], '/missing/node')
  await t.rejects(start(), { message: /^A worker process ended \(spawn .+ENOENT\) before it listened$/ })
})

t.test('a stop ends a start, a pause and a replacement', async (t) => {
  const slow = supervisor(t, 2, ["process.on('message', () => process.exit(0))"])
  const waiting = slow.start()
  await slow.stop()
  await waiting
  t.same(slow.lines, [])

  const between = supervisor(t, 2, [SERVES])
  await between.start()
  const half = between.roll()
  while (between.lines.length === 0) await sleep(5)
  await between.stop()
  await half
  t.equal(between.lines.length, 1)

  const first = supervisor(t, 2, [SERVES])
  const starting = first.start()
  await first.stop()
  await starting
  t.equal(first.children.length, 1)

  const rolling = supervisor(t, 2, [SERVES])
  await rolling.start()
  const rolled = rolling.roll()
  t.equal(rolling.roll(), rolled, 'a second replacement waits for the first')
  await rolling.stop()
  await rolled
  t.same(rolling.connected(), [])
})
