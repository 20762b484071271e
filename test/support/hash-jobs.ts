import type { ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import type { HashJob, HashResult } from '../../src/credentials/hash-worker.ts'

export interface HashJobs {
  /** The jobs of the hash worker since the last call, in words. */
  taken(): string[]
  /** How many of them it has answered since this was last asked. */
  answered(): number
}

/**
 * Records the messages to and from the hash worker. Call it before the first hash, because the
 * worker is started once.
 */
export function watchHashJobs(): HashJobs {
  let jobs: string[] = []
  let answers = 0
  let newest = 0
  let newestAnswer = 0

  subscribe('child_process', (message) => {
    const { process: child } = message as { process: ChildProcess }
    let send: (job: HashJob) => boolean
    // The event comes before the first message can be sent.
    Object.defineProperty(child, 'send', {
      set(given: typeof send) {
        send = given
      },
      get: () => (job: HashJob) => {
        // On a busy machine another worker may receive the same job again.
        if (job.id > newest) jobs.push(inWords(job))
        newest = Math.max(newest, job.id)
        return send.call(child, job)
      },
    })
    child.on('message', ({ id }: HashResult) => {
      if (id > newestAnswer) answers += 1
      newestAnswer = Math.max(newestAnswer, id)
    })
  })

  return {
    taken() {
      const taken = jobs
      jobs = []
      return taken
    },
    answered() {
      const answered = answers
      answers = 0
      return answered
    },
  }
}

/** The kind of work and its cost, without password, salt and digest. */
function inWords(job: HashJob): string {
  if (job.kind === 'hash') return `hash ${JSON.stringify(job.parameters)}`
  const [, algorithm, version, parameters = '', salt = '', digest = ''] = job.hash.split('$')
  const cost = parameters.split(',').sort().join()
  return `verify ${algorithm} ${version} ${cost}, salt of ${salt.length}, digest of ${digest.length}`
}
