/**
 * The auth service and the movies service of examples/movies-api, as processes with the sources of
 * this repository in the place of the package.
 */
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PASSWORD, SECRET, type Teardown } from './app.ts'
import { type Project, projectIn } from './project.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import type { TokenPair } from './tokens.ts'

const from = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const SOURCES = ['--import', from('./package-from-sources.ts')]
const EXAMPLE = from('../../examples/movies-api/')
const COMPILE_CACHE = from('../../node_modules/.cache/tacit-tests')

const AUTH_SETTINGS = {
  NODE_ENV: 'test',
  SECRET_KEY: SECRET,
  ARGON2_MEMORY_KIB: '1024',
  ARGON2_PASSES: '1',
  RATE_LIMIT_MAX: '1000000',
  LOGIN_RATE_LIMIT_MAX: '1000000',
  LOG_LEVEL: 'info',
  NODE_COMPILE_CACHE: COMPILE_CACHE,
}

export interface TwoServices {
  /** The address of each process of the auth service. They share a database. */
  readonly auth: readonly [string, ...string[]]
  readonly movies: string
  /** The command line of the auth service. Returns its standard output. */
  tacit(...args: readonly string[]): Promise<string>
  /** Defines `npm` in a shell: `npm run tacit -- …` then runs that command line. */
  readonly npm: string
  /** The environment that it needs. */
  readonly environment: NodeJS.ProcessEnv
}

export interface TwoServicesOptions {
  readonly authSettings?: Readonly<Record<string, string>>
  /** How many processes the auth service has. */
  readonly authProcesses?: number
  /**
   * Whether the movies service hears of revocations. It then knows of them by the stream alone: while
   * it does not hear, it accepts a token until it expires.
   */
  readonly revocations?: boolean
}

/** They end with the test. */
export async function startTwoServices(
  t: Teardown,
  { authSettings, authProcesses = 1, revocations = false }: TwoServicesOptions = {},
): Promise<TwoServices> {
  const folder = temporaryDirectory(t)
  const project = projectIn(t, folder)
  const DATABASE_URL = `file:${join(folder, 'auth.db')}`
  const env = { ...AUTH_SETTINGS, DATABASE_URL, ...authSettings }
  const tacit = async (...args: readonly string[]) =>
    (await project.run('node', [...SOURCES, `${EXAMPLE}auth/cli.ts`, ...args], { env })).stdout

  const program = [process.execPath, ...SOURCES, `${EXAMPLE}auth/cli.ts`].map((word) => `'${word}'`).join(' ')
  const npm = `npm() { shift 3; (cd '${folder}' && ${program} "$@"); }\n`

  const start = () => startNode(project, 'auth/server.ts', env)
  const first = await start()
  const others = await Promise.all(Array.from({ length: authProcesses - 1 }, start))
  const client = revocations ? JSON.parse(await tacit('client', 'create', 'movies', '--json')) : undefined
  const movies = await startNode(project, 'src/server.ts', {
    AUTH_URL: first,
    DATABASE_FILE: join(folder, 'movies.db'),
    NODE_COMPILE_CACHE: COMPILE_CACHE,
    ...(client && {
      CLIENT_ID: client.client.id,
      CLIENT_SECRET: client.secret,
      REVOCATIONS_FAIL: 'open',
    }),
  })
  return { auth: [first, ...others], movies, tacit, npm, environment: env }
}

const startNode = (project: Project, file: string, env: NodeJS.ProcessEnv): Promise<string> =>
  project.start('node', [...SOURCES, `${EXAMPLE}${file}`], { env })

export interface SignedIn {
  readonly token: string
  readonly refreshToken: string
  readonly email: string
}

const post = (url: string, body: object, headers = {}) =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

/** Makes an account, and signs it in by /auth/token. */
export async function registerAt(auth: string, name: string): Promise<SignedIn> {
  const email = `${name}@example.com`
  const registered = await post(`${auth}/auth/register`, { email, password: PASSWORD })
  if (registered.status !== 201) throw new Error(`could not register: ${registered.status}`)
  return signInAt(auth, email)
}

/** Signs an account in by /auth/token. */
export async function signInAt(auth: string, email: string): Promise<SignedIn> {
  const grant = { grant_type: 'password', username: email, password: PASSWORD }
  const response = await post(`${auth}/auth/token`, grant)
  if (response.status !== 200) throw new Error(`no tokens: ${response.status} ${await response.text()}`)
  const { access_token: token, refresh_token: refreshToken } = (await response.json()) as TokenPair
  return { token, refreshToken, email }
}

/** A request with an access token. The body is sent as JSON. */
export function call(url: string, token: string, method = 'GET', body?: object): Promise<Response> {
  const headers = {
    authorization: `Bearer ${token}`,
    ...(body !== undefined && { 'content-type': 'application/json' }),
  }
  return fetch(url, { method, headers, ...(body !== undefined && { body: JSON.stringify(body) }) })
}
