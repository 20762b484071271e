import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { syncBuiltinESMExports } from 'node:module'
import os from 'node:os'
import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { hash, verify } from '../../src/accounts/hashing.ts'

const CHEAP = { memoryKib: 1_024, passes: 1, lanes: 1 }
const SLOW = { memoryKib: 65_536, passes: 4, lanes: 1 }
const BUSY = { name: 'AuthError', code: 'SERVER_BUSY', statusCode: 503, retryAfterSeconds: 1 }

const started: ChildProcess[] = []
subscribe('child_process', (message) => {
  const { process: child } = message as { process: ChildProcess }
  // Told before it is started; what lowers its priority is none of them.
  process.nextTick(() => {
    if (child.spawnargs.some((argument) => argument.includes('hashing-process'))) started.push(child)
  })
})
const newest = () => started.at(-1) as ChildProcess

t.test('one process does all the hashing', async (t) => {
  const phc = await hash('correct', CHEAP)
  t.equal(await verify(phc, 'correct'), true)
  t.equal(await verify(phc, 'wrong'), false)
  t.equal(started.length, 1)
})

t.test('what cannot be verified is a mistake, and ends neither process', async (t) => {
  await t.rejects(verify('no PHC string', 'x'), { name: 'Error' })
  t.match(await hash('correct', CHEAP), /^\$argon2id/)
  t.equal(started.length, 1)
})

t.test('when it dies, those who wait are told to come back, and another one is started', async (t) => {
  const waiting = Promise.allSettled([hash('one', SLOW), hash('two', SLOW)])
  newest().kill('SIGKILL')
  for (const result of await waiting) t.match(result, { status: 'rejected', reason: BUSY })
  t.match(await hash('three', CHEAP), /^\$argon2id/)
  t.equal(started.length, 2)
})

t.test('nobody is lost in the moment in which it dies', async (t) => {
  const dying = newest()
  dying.kill('SIGKILL')
  let gone = false
  dying.once('close', () => {
    gone = true
  })
  const results: Promise<string>[] = []
  while (!gone) {
    results.push(
      hash('in between', CHEAP).then(
        () => 'hashed',
        ({ code }) => code,
      ),
    )
    await nextTurn()
  }
  const found = new Set(await Promise.all(results))
  t.strictSame(
    [...found].filter((result) => result !== 'hashed' && result !== 'SERVER_BUSY'),
    [],
  )
  t.match(await hash('after', CHEAP), /^\$argon2id/)
})

t.test('when it cannot be started, those who ask are told to come back', async (t) => {
  const last = hash('the last of this one', SLOW)
  newest().kill('SIGKILL')
  await t.rejects(last, BUSY)
  const { execPath } = process
  t.teardown(() => {
    process.execPath = execPath
  })
  process.execPath = '/nowhere/node'
  await t.rejects(hash('correct', CHEAP), BUSY)
  process.execPath = execPath
  t.match(await hash('correct', CHEAP), /^\$argon2id/)
})

t.test('where its priority may not be lowered, it hashes all the same', async (t) => {
  const { setPriority } = os
  t.teardown(() => {
    os.setPriority = setPriority
    syncBuiltinESMExports()
  })
  os.setPriority = () => {
    throw Object.assign(new Error('not permitted'), { code: 'ERR_SYSTEM_ERROR' })
  }
  syncBuiltinESMExports()
  const last = hash('the last of this one', SLOW)
  newest().kill('SIGKILL')
  await t.rejects(last, BUSY)
  t.match(await hash('correct', CHEAP), /^\$argon2id/)
})
