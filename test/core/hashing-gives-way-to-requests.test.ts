import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { hash } from '../../src/accounts/hashing.ts'

/** As Linux numbers its scheduling policies. */
const IDLE = '5'

const skip = existsSync('/usr/bin/chrt') ? false : 'there is no chrt here'

t.test('passwords are hashed by threads of the idle class, at the lowest priority', { skip }, async (t) => {
  await hash('correct horse battery staple', { memoryKib: 1_024, passes: 1, lanes: 1 })
  const children = readFileSync(`/proc/self/task/${process.pid}/children`, 'utf8').trim().split(' ')
  const pid = children.find((child) =>
    readFileSync(`/proc/${child}/cmdline`, 'utf8').includes('hashing-process'),
  ) as string
  let threads = threadsOf(pid)
  for (let turn = 0; turn < 100 && threads.some(({ policy }) => policy !== IDLE); turn += 1) {
    await sleep(20)
    threads = threadsOf(pid)
  }
  t.ok(threads.length > 1, 'those that hash among them')
  t.same(new Set(threads.map(({ policy }) => policy)), new Set([IDLE]))
  t.equal(threads[0]?.nice, '19')
})

/** What proc_pid_stat(5) says of each thread: fields 19 and 41, and the second may hold spaces. */
const threadsOf = (pid: string) =>
  readdirSync(`/proc/${pid}/task`).map((thread) => {
    const stat = readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8')
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { nice: fields[16], policy: fields[38] }
  })
