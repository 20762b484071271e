import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync } from 'node:fs'
import { join } from 'node:path'
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { createHashWorker } from '../../src/credentials/hash-worker.ts'
import { hashers } from '../support/hashers.ts'

const { hash, verify } = createHashWorker()
const CHEAP = { memoryKib: 1_024, passes: 1, lanes: 1 }
const SLOW = { memoryKib: 65_536, passes: 4, lanes: 1 }
const BUSY = { name: 'AuthError', code: 'SERVER_BUSY', statusCode: 503, retryAfterSeconds: 1 }

// Without chrt the worker keeps its priority, so that a busy machine does not cause its
// replacement.
process.env.PATH = '/nowhere'

const newest = () => hashers.at(-1) as ChildProcess

t.test('hashes every password in one process', async (t) => {
  const phc = await hash('correct', CHEAP)
  t.equal(await verify(phc, 'correct'), true)
  t.equal(await verify(phc, 'wrong'), false)
  t.equal(hashers.length, 1)
})

t.test('reports a hash that cannot be verified as an error, and keeps both processes', async (t) => {
  await t.rejects(verify('no PHC string', 'x'), { name: 'Error' })
  t.match(await hash('correct', CHEAP), /^\$argon2id/)
  t.equal(hashers.length, 1)
})

t.test('answers waiting callers with 503 when the hash worker dies, and starts another', async (t) => {
  const waiting = Promise.allSettled([hash('one', SLOW), hash('two', SLOW)])
  newest().kill('SIGKILL')
  for (const result of await waiting) t.match(result, { status: 'rejected', reason: BUSY })
  // The process is found missing here.
  await sleep(300)
  t.match(await hash('three', CHEAP), /^\$argon2id/)
  t.equal(hashers.length, 2)
})

t.test('answers every job that is sent while the hash worker dies', async (t) => {
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

t.test('answers with 503 when the hash worker cannot be started', async (t) => {
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

const skip = existsSync('/proc/self/stat') ? false : 'there is no /proc here'

t.test('replaces a hash worker that gets no processor time, and finishes its jobs', { skip }, async (t) => {
  const { PATH } = process.env
  t.teardown(() => {
    process.env.PATH = PATH
  })
  // A chrt that leaves the process as it is: a process that is stopped gets no turn on any system.
  const directory = t.testdir({ chrt: '#!/bin/sh\nexit 0\n' })
  chmodSync(join(directory, 'chrt'), 0o755)
  const previous = newest()
  let isGone = false
  previous.once('disconnect', () => {
    isGone = true
  })
  previous.kill('SIGKILL')
  while (!isGone) await nextTurn()
  process.env.PATH = directory

  const phc = await hash('correct', CHEAP)
  const stopped = newest()
  stopped.kill('SIGSTOP')
  t.equal(await verify(phc, 'correct'), true)
  t.not(newest(), stopped, 'another process has taken over')
  t.ok(stopped.killed)
  stopped.emit('message', { id: 1, value: 'late' })
  t.equal(await verify(phc, 'wrong'), false, 'a late answer of the stopped process is ignored')
})

// This test runs after those that kill: a killed process reports no coverage.
t.test('hashes also where the priority may not be lowered', async (t) => {
  const { NODE_OPTIONS = '' } = process.env
  t.teardown(() => {
    process.env.NODE_OPTIONS = NODE_OPTIONS
  })
  const refusing = `
    import os from 'node:os'
    import { syncBuiltinESMExports } from 'node:module'
    os.setPriority = () => { throw new Error('not permitted') }
    syncBuiltinESMExports()`
  process.env.NODE_OPTIONS = `${NODE_OPTIONS} --import "data:text/javascript,${encodeURIComponent(refusing)}"`
  const last = hash('the last of this one', SLOW)
  newest().kill('SIGKILL')
  await t.rejects(last, BUSY)
  t.match(await hash('correct', CHEAP), /^\$argon2id/)
})

t.test('ends the hash worker on close, and starts another for the next hash', async (t) => {
  const worker = createHashWorker()
  worker.close()
  t.match(await worker.hash('before', CHEAP), /^\$argon2id/)
  const first = newest()
  const ended = once(first, 'exit')
  first.ref()
  worker.close()
  await ended
  t.match(await worker.hash('after', CHEAP), /^\$argon2id/)
  t.not(newest(), first)
  worker.close()
})
