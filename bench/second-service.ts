/**
 * How long a second service accepts a token after its session has ended: examples/movies-api beside two processes of the
 * auth service on one database. The movies service is a client of the first. The changes are made in both in turn.
 *
 * The time runs from the answer of the change to the arrival of the first refusal. The token is shown again and again
 * meanwhile, so the figure includes the time of one request.
 */
import { type Benchmark, progress, type Result } from './benchmark.ts'
import { type Client, expect } from './http.ts'
import { type Caller, register, type System, withMovies } from './movies.ts'
import { percentile } from './rounds.ts'

const CHANGES = 200
const GOAL = { atMost: 1_000 }
const MAX_WAIT_MS = 30_000

/** What ends the token of a caller, as a request to a process of the auth service. */
const changes: Readonly<
  Record<string, (auth: Client, caller: Caller, rootToken: string) => Promise<unknown>>
> = {
  'a sign-out': (auth, { token }) =>
    expect(auth, 204, { path: '/auth/logout', method: 'POST', headers: bearer(token) }),
  'a change of the role': (auth, { id }, rootToken) => changeAccess(auth, rootToken, id, { role: 'editor' }),
  'disabling the account': (auth, { id }, rootToken) => changeAccess(auth, rootToken, id, { disabled: true }),
}

export const secondService: Benchmark = {
  name: 'second service',
  about: `how long another service accepts a token after ${CHANGES} sign-outs, changes of roles and disabled accounts`,
  long: true,
  run: () =>
    withMovies(async (system) => {
      const results: Result[] = []
      for (const what of Object.keys(changes)) results.push(await measure(system, what))
      return results
    }),
}

async function measure({ auth, movies, rootToken }: System, what: string): Promise<Result> {
  const times: [number[], number[]] = [[], []]
  for (let n = 0; n < CHANGES; n += 1) {
    progress(`${what}: ${n} of ${CHANGES}`)
    const place = (n % 2) as 0 | 1
    const caller = await register(auth[0], `${what.replaceAll(' ', '-')}-${n}@example.com`)
    await expect(movies, 200, { path: '/movies', headers: bearer(caller.token) })
    await changes[what]?.(auth[place], caller, rootToken)
    times[place].push(await untilRefused(movies, caller.token))
  }
  progress('')
  const all = times.flat()
  const p99Of = (place: 0 | 1) => percentile(times[place], 0.99)
  return {
    name: `p99 until another service refuses a token after ${what}`,
    figure: percentile(all, 0.99),
    spread: [Math.min(...all), Math.max(...all)],
    unit: `ms, of ${CHANGES}`,
    goal: GOAL,
    details: {
      'p50 ms': percentile(all, 0.5),
      'p99 ms, by the process that the service is a client of': p99Of(0),
      'p99 ms, by the other process': p99Of(1),
    },
  }
}

/** @returns milliseconds */
async function untilRefused(movies: Client, token: string): Promise<number> {
  const begun = performance.now()
  for (;;) {
    const { status } = await movies.send({ path: '/movies', headers: bearer(token) })
    const ms = performance.now() - begun
    if (status === 401) return ms
    if (status !== 200) throw new Error(`the movies service answered ${status}`)
    if (ms > MAX_WAIT_MS) throw new Error(`the token is accepted after ${ms} ms`)
  }
}

const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

function changeAccess(auth: Client, rootToken: string, id: string, access: object): Promise<unknown> {
  const path = `/admin/users/${id}`
  return expect(auth, 200, { path, method: 'PATCH', headers: bearer(rootToken), body: access })
}
