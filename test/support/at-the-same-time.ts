import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { createEvents } from '../../src/audit/events.ts'
import { systemClock } from '../../src/clock.ts'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { developmentSecret } from '../../src/keys/secrets.ts'
import { recordSigningKey } from '../../src/keys/signing-key.ts'

const here = fileURLToPath(import.meta.url)

/** The tasks of a process. Each returns a line of text. */
const TASKS = {
  async 'open the database'(path: string) {
    const store = createSqliteStore({ url: `file:${path}` })
    await store.ping()
    await store.close()
    return 'opened'
  },
  async 'ask for the secret'(path: string) {
    return developmentSecret(`file:${path}`).secret
  },
  async 'sign with a new key'(path: string) {
    const store = createSqliteStore({ url: `file:${path}` })
    const wrong: string[] = []
    const log = { info() {}, error: (_details: object, message: string) => void wrong.push(message) }
    const clock = systemClock
    await recordSigningKey('new', { store, clock, log, events: createEvents({ store, clock, log }) })
    await store.close()
    return wrong.join() || 'signs'
  },
}

type Task = keyof typeof TASKS

/** Runs a task in several processes, which begin at the same moment. @returns the line of each */
export async function atTheSameTime(count: number, task: Task, path: string): Promise<string[]> {
  const children = Array.from({ length: count }, () => fork(here, [task, path]))
  await Promise.all(children.map((child) => once(child, 'message')))
  const answers = children.map(answerOf)
  for (const child of children) child.send('go')
  return Promise.all(answers)
}

async function answerOf(child: ChildProcess): Promise<string> {
  const exited = once(child, 'exit')
  const [answer] = (await once(child, 'message')) as [string]
  await exited
  return answer
}

if (import.meta.main) {
  const [task, path] = process.argv.slice(2) as [Task, string]
  process.once('message', async () => {
    const answer = await TASKS[task](path).catch(String)
    process.send?.(answer, () => process.disconnect())
  })
  process.send?.('ready')
}
