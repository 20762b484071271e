/**
 * A script on the servers' core that does as it is told, one message after the other.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { pinned } from './cores.ts'
import { hasEnded } from './process.ts'

export interface Worker {
  /** The answer to a message. Rejects when the script ends instead. */
  ask<Answer>(message: object): Promise<Answer>
}

/** Has the script for as long as the work takes. It ends when nobody talks to it any more. */
export async function withWorker<Value>(
  script: string,
  work: (worker: Worker) => Promise<Value>,
  environment: NodeJS.ProcessEnv = {},
): Promise<Value> {
  const [program = '', ...args] = pinned(['node', script])
  const child = spawn(program, args, {
    env: { ...process.env, ...environment },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  })
  const ended = once(child, 'exit').then(([status]) => {
    throw new Error(`${script} ended with status ${status}`)
  })
  ended.catch(() => {})
  try {
    return await work({
      async ask(message) {
        const answered = once(child, 'message')
        child.send(message)
        const [answer] = await Promise.race([answered, ended])
        return answer
      },
    })
  } finally {
    if (child.connected) child.disconnect()
    if (!hasEnded(child)) await once(child, 'exit')
  }
}
