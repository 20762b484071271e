/**
 * argon2 and nothing else, on the servers' core: as many at a time as it is told. Each of them is a hash to be made; to
 * check one takes the same work.
 */
import { hash } from 'argon2'
import { soManyAtATime } from './pace.ts'
import { PASSWORD } from './people.ts'

interface Task {
  readonly concurrency: number
  readonly seconds: number
  readonly parameters: Parameters<typeof hash>[1]
}

process.on('message', async ({ concurrency, seconds, parameters }: Task) => {
  const perSecond = await soManyAtATime(concurrency, seconds, () => hash(PASSWORD, parameters))
  // Whoever asked may be gone by now.
  if (process.connected) process.send?.(perSecond)
})
