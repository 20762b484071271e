/**
 * How many sign-ins a core can do, beside how many hashes it can do: what is lost between them is ours.
 */
import { join } from 'node:path'
import { hash } from 'argon2'
import { readConfig } from '../src/config/config.ts'
import type { Benchmark, Options, Result } from './benchmark.ts'
import { serverCores } from './cores.ts'
import { type Client, createClient, expect } from './http.ts'
import { soManyAtATime } from './pace.ts'
import { PASSWORD } from './people.ts'
import { interleave, median, ratio } from './rounds.ts'
import { fill, nthUser } from './seed.ts'
import { startTacit, withFolder, withServers } from './servers.ts'
import { type Worker, withWorker } from './worker.ts'

const CONCURRENCY = 8
/** More than a core can hash; an account is signed in to again only where this was too few. */
const MOST_PER_SECOND = 200

const { memoryKib: memoryCost, passes: timeCost, lanes: parallelism } = readConfig().argon2
const PARAMETERS = { memoryCost, timeCost, parallelism }

export const signIns: Benchmark = {
  name: 'sign-ins',
  about: `sign-ins at concurrency ${CONCURRENCY}, beside raw argon2 hashes on the same core`,
  run: (options) =>
    withFolder(async (folder) => {
      const url = `file:${join(folder, 'bench.db')}`
      const accounts = await fillAccounts(url, (options.rounds + 1) * options.seconds * MOST_PER_SECOND)
      return withServers([startTacit(url)], ([tacit]) => run(createClient(tacit.url), accounts, options))
    }),
}

async function run(client: Client, accounts: number, { rounds, seconds }: Options): Promise<Result[]> {
  let next = 0
  const contest = (worker: Worker) =>
    interleave(
      signIns.name,
      {
        raw: () => worker.ask<number>({ concurrency: CONCURRENCY, seconds, parameters: PARAMETERS }),
        'sign-ins': () => soManyAtATime(CONCURRENCY, seconds, () => signIn(client, next++ % accounts)),
      },
      rounds,
    )
  // A thread for each core is what makes most hashes of it.
  const threads = { UV_THREADPOOL_SIZE: String(serverCores) }
  const figures = await withWorker('bench/raw-hashes.ts', contest, threads)
  client.close()
  return [
    {
      name: `sign-ins at concurrency ${CONCURRENCY}`,
      ...ratio(figures['sign-ins'], figures.raw),
      unit: 'of raw hashes',
      goal: { atLeast: 0.95 },
      details: { 'hashes/s': median(figures.raw), 'sign-ins/s': median(figures['sign-ins']) },
    },
  ]
}

/** Accounts with one password, whose hash was made once. @returns how many */
export async function fillAccounts(url: string, users: number): Promise<number> {
  fill(url, { users, sessions: 0, passwordHash: await hash(PASSWORD, PARAMETERS) })
  return users
}

export const signIn = (client: Client, account: number) => {
  const body = { email: nthUser(account).email, password: PASSWORD }
  return expect(client, 200, { path: '/auth/login', method: 'POST', body })
}
