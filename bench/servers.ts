/**
 * The servers that are measured, and what they are started with.
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Server, startServer } from './process.ts'

/** Known, so that tokens can be made without asking for them. */
export const SECRET = 'only-for-benchmarks-0123456789-abcdefghij'

export const ISSUER = 'http://localhost'

/** Nobody is turned away, and nothing is logged. */
const settings = {
  // As it is run; but over plain http, for which its cookies must not be Secure.
  NODE_ENV: 'production',
  COOKIE_SECURE: 'false',
  INSECURE_COOKIES: 'true',
  SECRET_KEY: SECRET,
  ISSUER,
  LOG_LEVEL: 'error',
  RATE_LIMIT_MAX: '1000000000',
  LOGIN_RATE_LIMIT_MAX: '1000000000',
}

/**
 * For what measures refreshes: a token that is younger than ROTATION_SETTLE would be handed out again, with nothing written.
 * One millisecond is the least that the setting takes, and less than any refresh takes on its way.
 */
export const EVERY_REFRESH_ROTATES = { ROTATION_SETTLE: '1ms' }

export const settingsFor = (databaseUrl: string, more: NodeJS.ProcessEnv = {}) => ({
  ...settings,
  ...more,
  DATABASE_URL: databaseUrl,
})

const { scripts } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8'))

/** What `npm start` runs. */
export const INNER_COMMAND: readonly string[] = scripts.start.split(' ')

export const startScript = (script: string, environment: NodeJS.ProcessEnv = {}): Promise<Server> =>
  startServer(['node', script], environment)

/** The framework alone. */
export const startBare = (): Promise<Server> => startScript('bench/bare.ts')

/** The service as `npm start` runs it. */
export const startTacit = (databaseUrl: string, more: NodeJS.ProcessEnv = {}): Promise<Server> =>
  startServer(['npm', 'start'], settingsFor(databaseUrl, more))

/** The same without npm, so that its pid is the service's own, and able to tell of its memory: see memory-of.ts. */
export const startTacitToWeigh = (databaseUrl: string): Promise<Server> =>
  startServer(INNER_COMMAND, {
    ...settingsFor(databaseUrl),
    NODE_OPTIONS: `--expose-gc --import=${new URL('collect.ts', import.meta.url)}`,
  })

/** A folder that goes when the work is done. */
export async function withFolder<Value>(work: (folder: string) => Promise<Value>): Promise<Value> {
  const folder = mkdtempSync(join(tmpdir(), 'tacit-bench-'))
  const remove = () => rmSync(folder, { recursive: true, force: true })
  process.on('exit', remove)
  try {
    return await work(folder)
  } finally {
    process.off('exit', remove)
    remove()
  }
}

/** The service on a database of its own, for as long as the work takes. */
export const withTacit = <Value>(
  work: (server: Server) => Promise<Value>,
  more: NodeJS.ProcessEnv = {},
): Promise<Value> =>
  withFolder((folder) =>
    withServers([startTacit(`file:${join(folder, 'bench.db')}`, more)], ([tacit]) => work(tacit)),
  )

/** Lets the work have servers, and stops them whatever becomes of it. */
export async function withServers<Servers extends readonly Server[], Value>(
  starting: { readonly [Place in keyof Servers]: Promise<Servers[Place]> },
  work: (servers: Servers) => Promise<Value>,
): Promise<Value> {
  const settled = await Promise.allSettled<Server>(starting)
  try {
    const servers = settled.map((each) => {
      if (each.status === 'rejected') throw each.reason
      return each.value
    })
    return await work(servers as readonly Server[] as Servers)
  } finally {
    await Promise.all(settled.map((each) => (each.status === 'fulfilled' ? each.value.stop() : undefined)))
  }
}
