import { spawn, spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createHashWorker } from '../../src/credentials/hash-worker.ts'
import { createStarvation, priorityOf } from '../../src/credentials/process-priority.ts'
import { hashers } from '../support/hashers.ts'

/** As Linux numbers its scheduling policies. */
const NORMAL = '0'
const IDLE = '5'
const BELOW_NORMAL = '10'

const priorities: string[] = []
const { hash, verify } = createHashWorker({ onPriority: (priority) => priorities.push(priority) })
const CHEAP = { memoryKib: 1_024, passes: 1, lanes: 1 }
const SLOW = { memoryKib: 65_536, passes: 4, lanes: 1 }

const withoutProc = existsSync('/proc/self/stat') ? false : 'there is no /proc here'
const skip = withoutProc || (spawnSync('chrt', ['--version']).status === 0 ? false : 'there is no chrt here')
/** A worker is replaced after its work has waited this long: src/credentials/hash-worker.ts. */
const LOOK_EVERY_MS = 250

const newest = () => hashers.at(-1)?.pid as number

/** Fields 19 and 41 of each thread in proc_pid_stat(5). Field 2 may contain spaces. */
const threadsOf = (pid: number) =>
  readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { nice: fields[16], policy: fields[38] }
  })

const policiesOf = (pid: number) => new Set(threadsOf(pid).map(({ policy }) => policy))

async function untilIdle(pid: number): Promise<void> {
  for (let turn = 0; turn < 5_000 && [...policiesOf(pid)].some((policy) => policy !== IDLE); turn += 1)
    await sleep(20)
}

t.test('hashes passwords by threads of the idle class at a low priority', { skip }, async (t) => {
  await hash('correct horse battery staple', CHEAP)
  await untilIdle(newest())
  t.ok(threadsOf(newest()).length > 1, 'those that hash among them')
  t.same(policiesOf(newest()), new Set([IDLE]))
  t.equal(threadsOf(newest())[0]?.nice, BELOW_NORMAL)
  while (priorities.length === 0) await sleep(20)
  t.strictSame(priorities, ['idle'])
})

t.test('does not report a process with little work as starved', { skip }, async (t) => {
  const before = newest()
  let longestMs = 0
  for (let turn = 0; turn < 4; turn += 1) {
    const askedAt = performance.now()
    await hash('correct horse battery staple', CHEAP)
    longestMs = Math.max(longestMs, performance.now() - askedAt)
    await sleep(300)
  }
  // On a busy machine the worker gets no time, and its replacement is right.
  if (longestMs < LOOK_EVERY_MS) t.equal(newest(), before)
  else t.comment(`a hash has waited for ${Math.round(longestMs)} ms: this machine is too busy to tell`)
})

t.test(
  'replaces a starved hash worker by one with a normal share where other programs use every core',
  { skip },
  async (t) => {
    const givingWay = hashers[0]?.pid
    const others = Array.from({ length: availableParallelism() }, () =>
      spawn('nice', ['-n', '5', 'sh', '-c', 'while :; do :; done']),
    )
    t.teardown(() => others.map((other) => other.kill('SIGKILL')))
    const [one, two] = await Promise.all([hash('one', SLOW), hash('two', SLOW)])
    t.not(newest(), givingWay)
    t.same(policiesOf(newest()), new Set([NORMAL]))
    t.equal(hashers.length, 2, 'one has taken over')
    t.strictSame(priorities, ['idle', 'low'])
    t.ok(hashers[0]?.killed)
    t.equal(await verify(one, 'one'), true)
    t.equal(await verify(two, 'one'), false)
    hashers[0]?.emit('message', { id: 1, value: 'late' })
    t.equal(await verify(two, 'two'), true, 'a late answer of the other one is let go')
  },
)

t.test('uses a low priority where there is no chrt', { skip: withoutProc }, async (t) => {
  const { PATH } = process.env
  t.teardown(() => {
    process.env.PATH = PATH
  })
  process.env.PATH = '/nowhere'
  await hash('the first of this one', CHEAP)
  hashers.at(-1)?.kill('SIGKILL')
  await t.rejects(hash('the last of this one', SLOW))
  t.match(await hash('correct', CHEAP), /^\$argon2id/)
  await sleep(300)
  t.same(policiesOf(newest()), new Set([NORMAL]))
})

t.test('does not report a process that has died as starved', async (t) => {
  t.equal(createStarvation(2 ** 30)(), false)
  t.equal(priorityOf(2 ** 30), 'normal')
})
