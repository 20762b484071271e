/**
 * Whether the time of an answer tells if an address has an account.
 *
 * Known and unknown addresses are asked for in random order. The figure is the share of pairs in
 * which the answer for the known address took longer: 0.5 says nothing. It comes with the z of the
 * Mann-Whitney test: beyond 3, chance is no explanation.
 */
import { join } from 'node:path'
import { startMailServer } from '../test/support/mail-server.ts'
import type { Result } from './benchmark.ts'
import { type Client, createClient, expect } from './http.ts'
import { median } from './rounds.ts'
import { fill, nthUser } from './seed.ts'
import { startTacit, withFolder, withServers } from './servers.ts'

export const EACH = 400
const WARM_UP = 50

interface Question {
  readonly path: string
  readonly settings?: NodeJS.ProcessEnv
  bodyOf(email: string): object
}

/** Asks a service that sends mail to a mail server meanwhile. */
export const compareAnswers = (question: Question): Promise<readonly Result[]> =>
  withFolder(async (folder) => {
    const ends: (() => unknown)[] = []
    const { settings } = await startMailServer({ teardown: (end) => ends.push(end) })
    const url = `file:${join(folder, 'bench.db')}`
    fill(url, { users: EACH + WARM_UP, sessions: 0 })
    const environment = { ...(settings as NodeJS.ProcessEnv), ...question.settings }
    try {
      return await withServers([startTacit(url, environment)], async ([tacit]) => {
        const client = createClient(tacit.url)
        const result = await compare(client, question)
        client.close()
        return [result]
      })
    } finally {
      for (const end of ends) await end()
    }
  })

async function compare(client: Client, { path, bodyOf }: Question): Promise<Result> {
  const ask = async (email: string): Promise<number> => {
    const from = performance.now()
    await expect(client, 202, { path, method: 'POST', body: bodyOf(email) })
    return performance.now() - from
  }
  const known: number[] = []
  const unknown: number[] = []
  for (let n = 0; n < WARM_UP; n++) {
    await ask(nthUser(EACH + n).email)
    await ask(`warm-${n}@example.com`)
  }
  for (let n = 0; n < EACH; n++) {
    const turns = [
      async () => known.push(await ask(nthUser(n).email)),
      async () => unknown.push(await ask(`unknown-${n}@example.com`)),
    ]
    if (Math.random() < 0.5) turns.reverse()
    for (const turn of turns) await turn()
  }
  const share = shareOfLonger(known, unknown)
  return {
    name: `a known address is answered later than an unknown one, in ${EACH} of each`,
    figure: Math.abs(share - 0.5),
    unit: 'from 0.5',
    goal: { atMost: 0.06 },
    details: {
      share,
      'z of Mann-Whitney': (share - 0.5) / Math.sqrt((2 * EACH + 1) / (12 * EACH * EACH)),
      'known: median ms': median(known),
      'unknown: median ms': median(unknown),
    },
  }
}

/** The share of pairs in which a value of the first list is greater. Ties count half. */
function shareOfLonger(first: readonly number[], second: readonly number[]): number {
  let greater = 0
  for (const one of first) for (const other of second) greater += one > other ? 1 : one === other ? 0.5 : 0
  return greater / (first.length * second.length)
}
