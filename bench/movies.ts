/**
 * The services of examples/movies-api for the benchmarks: two processes of the auth service on one database, and the movies
 * service, which is a client of the first.
 */
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { type Client, createClient, expect } from './http.ts'
import { PASSWORD } from './people.ts'
import { startServer } from './process.ts'
import { settingsFor, withFolder, withServers } from './servers.ts'

const SOURCES = ['node', '--import', './test/support/package-from-sources.ts']
const AUTH = [...SOURCES, 'examples/movies-api/auth/server.ts']
const COMMAND_LINE = [...SOURCES, 'examples/movies-api/auth/cli.ts']
const MOVIES = [...SOURCES, 'examples/movies-api/src/server.ts']

/** Hashes of passwords are not what is measured. */
const CHEAP = { ARGON2_MEMORY_KIB: '1024', ARGON2_PASSES: '1', CLIENT_RATE_LIMIT_MAX: '1000000000' }

export interface System {
  readonly auth: readonly [Client, Client]
  readonly movies: Client
  /** An access token of an administrator. */
  readonly rootToken: string
}

export interface Caller {
  readonly id: string
  readonly token: string
}

const ROOT = 'root@example.com'

/** Lets the work have the services, and stops them whatever becomes of it. */
export const withMovies = <Value>(work: (system: System) => Promise<Value>): Promise<Value> =>
  withFolder(async (folder) => {
    const settings = settingsFor(`file:${join(folder, 'auth.db')}`, CHEAP)
    return withServers([startServer(AUTH, settings)], ([first]) =>
      // After the first, which makes the tables and the keys.
      withServers([startServer(AUTH, settings)], async ([second]) => {
        const { client, secret } = JSON.parse(await tacit(settings, 'client', 'create', 'movies', '--json'))
        const movies = startServer(MOVIES, {
          AUTH_URL: first.url,
          DATABASE_FILE: join(folder, 'movies.db'),
          LOG_LEVEL: 'error',
          CLIENT_ID: client.id,
          CLIENT_SECRET: secret,
        })
        return withServers([movies], async ([movies]) => {
          const clients = [first, second, movies].map(({ url }) => createClient(url)) as [
            Client,
            Client,
            Client,
          ]
          try {
            await register(clients[0], ROOT)
            await tacit(settings, 'user', 'role', ROOT, 'admin')
            const rootToken = await signIn(clients[0], ROOT)
            return await work({ auth: [clients[0], clients[1]], movies: clients[2], rootToken })
          } finally {
            for (const client of clients) client.close()
          }
        })
      }),
    )
  })

async function tacit(settings: NodeJS.ProcessEnv, ...args: readonly string[]): Promise<string> {
  const [node = '', ...options] = COMMAND_LINE
  const root = fileURLToPath(new URL('..', import.meta.url))
  const env = { ...process.env, ...settings }
  return (await promisify(execFile)(node, [...options, ...args], { cwd: root, env })).stdout
}

export async function register(auth: Client, email: string): Promise<Caller> {
  const body = { email, password: PASSWORD }
  const { user } = JSON.parse(
    (await expect(auth, 201, { path: '/auth/register', method: 'POST', body })).body,
  )
  return { id: user.id, token: await signIn(auth, email) }
}

async function signIn(auth: Client, username: string): Promise<string> {
  const body = { grant_type: 'password', username, password: PASSWORD }
  return JSON.parse((await expect(auth, 200, { path: '/auth/token', method: 'POST', body })).body)
    .access_token
}
