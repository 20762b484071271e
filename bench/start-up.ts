/**
 * Starting a process, and waiting for what it is to do. On all cores: a process that starts has work for more than one.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { pinned } from './cores.ts'
import { createClient } from './http.ts'
import { endWithUs, freePort, hasEnded, stopGroup } from './process.ts'
import { settingsFor, withFolder } from './servers.ts'
import type { Parts } from './start-parts.ts'

/** Milliseconds until the process has ended. */
export async function untilExit(command: readonly string[]): Promise<number> {
  const [program = '', ...args] = pinned(command, 'all')
  const begun = performance.now()
  await once(spawn(program, args, { stdio: 'ignore' }), 'exit')
  return performance.now() - begun
}

/** Milliseconds until the path is answered with 200, by a service with a database of its own. */
export const untilReady = (
  command: readonly string[],
  path: string,
  hear: (message: Parts) => void = () => {},
): Promise<number> =>
  withFolder(async (folder) => {
    const port = await freePort()
    const [program = '', ...args] = pinned(command, 'all')
    const environment = { ...settingsFor(`file:${join(folder, 'bench.db')}`), PORT: String(port) }
    const begun = performance.now()
    const child = spawn(program, args, {
      env: { ...process.env, ...environment },
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      detached: true,
    })
    endWithUs(child)
    child.on('message', hear)
    try {
      while (!(await answers(port, path))) {
        if (hasEnded(child)) throw new Error(`${command.join(' ')} ended with status ${child.exitCode}`)
        await sleep(2)
      }
      return performance.now() - begun
    } finally {
      await stopGroup(child)
    }
  })

/** Nobody listening is told at once, and costs the process that starts nothing. */
async function answers(port: number, path: string): Promise<boolean> {
  const socket = connect(port, 'localhost')
  const listens = await Promise.race([
    once(socket, 'connect').then(() => true),
    once(socket, 'error').then(() => false),
  ]).catch(() => false)
  socket.destroy()
  if (!listens) return false
  const client = createClient(`http://localhost:${port}`)
  const { status } = await client.send({ path })
  client.close()
  return status === 200
}
