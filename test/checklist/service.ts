/**
 * The service as a stranger meets it: a process of its own that listens, with a database file. It runs in production,
 * with a few other settings, which docs/checklist.md names.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent } from 'node:http'
import { dirname } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Environment } from '../../src/config/environment.ts'
import { PASSWORD, type Teardown, testEnvironment } from '../support/app.ts'
import { program } from '../support/command-line.ts'
import { temporaryDatabase } from '../support/database.ts'
import { Jar } from '../support/jar.ts'
import { startServer } from '../support/processes.ts'
import type { TokenPair } from '../support/tokens.ts'
import { createClient, exchange, type RequestOptions, type Send } from './requests.ts'

export const ISSUER = 'https://auth.example.com'
export const ACCESS = '__Host-access'
export const REFRESH = '__Host-refresh'
/** Says that this browser has proved the account before; lets nobody in. */
export const DEVICE = '__Host-device'

const ADMINISTRATOR = 'administrator@example.com'

const settings: Partial<Environment> = {
  NODE_ENV: 'production',
  ISSUER,
  PAGES: 'true',
  // Reuse is recognised at once: there is no grace to wait for.
  ROTATION_GRACE: '1ms',
  ROTATION_SETTLE: '1ms',
  LOG_LEVEL: 'trace',
}

/** Settings that every service is given its own of. */
const OWN = new Set<string>(['NODE_ENV', 'SECRET_KEY', 'DATABASE_URL', 'ISSUER'])

/** The settings that are not production's defaults, as `NAME=value`. */
export const otherSettings: readonly string[] = Object.entries({ ...testEnvironment, ...settings })
  .filter(([name]) => !OWN.has(name))
  .map(([name, value]) => `${name}=${value}`)

/** Somebody with an account, and the browser that made it. */
export interface Person {
  readonly id: string
  readonly email: string
  readonly jar: Jar
}

export interface Service {
  readonly port: number
  /** Path of the database file. */
  readonly database: string
  readonly send: Send
  /** Sends these very bytes and reads until the connection is closed. */
  exchange(bytes: string): Promise<string>
  /** What the process has written to its standard output so far. */
  logged(): string
  /** What it has written to its standard error. */
  complained(): string
  /** Registers somebody who was not there before. */
  person(name?: string): Promise<Person>
  /** Signs somebody in with another browser, or with this one. */
  signIn(person: Person, jar?: Jar): Promise<Jar>
  /** Tokens in the body, as clients that are not browsers get them. */
  tokens(person: Person): Promise<TokenPair>
  /** The next pair for a refresh token, or the refusal. */
  refresh(refreshToken: string): ReturnType<Send>
  /** Uses an access token that a refresh has just brought, so that the refresh token before it is known to be replaced. */
  proveReceipt(options: RequestOptions): Promise<void>
  /** Runs the command line beside the service. @returns what it printed */
  tacit(args: readonly string[]): Promise<string>
  /** Asks for a page: as an administrator for those below /docs/, which production shows to nobody else. */
  page(path: string): ReturnType<Send>
  /** The administrator, made on the command line as the first one has to be, signed in with another browser. */
  administrator(): Promise<Person>
  /** To be done when every line has been tested. */
  teardown(close: () => unknown): void
  /** The same service with other settings: one process for each set of settings. */
  variant(settings: Partial<Environment>): Promise<Service>
}

/** @param t goes on until every line has been tested, and ends the processes */
export async function startService(t: Teardown, changes: Partial<Environment> = {}): Promise<Service> {
  const database = temporaryDatabase(t)
  const environment = { ...testEnvironment, ...settings, ...changes, DATABASE_URL: `file:${database}` }
  const { port, logged, complained } = await startServer(t, database, { ...settings, ...changes })
  const agent = new Agent({ keepAlive: true })
  t.teardown(() => agent.destroy())
  const send = createClient(port, agent)
  const variants = new Map<string, Promise<Service>>()
  let people = 0
  let made: Promise<Omit<Person, 'jar'>> | undefined
  let reader: Promise<Jar> | undefined

  async function done(sent: ReturnType<Send>, status: number) {
    const answer = await sent
    if (answer.status !== status) throw new Error(`${answer.status} instead of ${status}: ${answer.body}`)
    return answer
  }

  const service: Service = {
    port,
    database,
    send,
    logged,
    complained,
    exchange: (bytes) => exchange(port, bytes),
    teardown: (close) => void t.teardown(close),

    async person(name) {
      people += 1
      const email = `person-${people}@example.com`
      const jar = new Jar()
      const json = { email, password: PASSWORD, ...(name && { name }) }
      const { user } = (await done(send('POST', '/auth/register', { json, jar }), 201)).json<{
        user: { id: string }
      }>()
      return { id: user.id, email, jar }
    },

    async signIn({ email }, jar = new Jar()) {
      await done(
        send('POST', '/auth/login', { jar, json: { email, password: PASSWORD, remember: true } }),
        200,
      )
      return jar
    },

    async tokens({ email }) {
      const form = { grant_type: 'password', username: email, password: PASSWORD }
      return (await done(send('POST', '/auth/token', { form }), 200)).json<TokenPair>()
    },

    async refresh(refresh_token) {
      // More than ROTATION_SETTLE: a younger token is handed out again.
      await sleep(5)
      return send('POST', '/auth/token', { form: { grant_type: 'refresh_token', refresh_token } })
    },

    async proveReceipt(options) {
      // More than ROTATION_SETTLE before, and more than ROTATION_GRACE after.
      await sleep(5)
      await done(send('GET', '/me', options), 200)
      await sleep(5)
    },

    async tacit(args) {
      const strings = Object.entries(environment).map(([name, value]) => [name, String(value)])
      const child = spawn(process.execPath, [program, ...args], {
        // Not the current directory, which may hold the developer's .env.
        cwd: dirname(database),
        env: { ...process.env, ...Object.fromEntries(strings) },
        stdio: ['pipe', 'pipe', 'inherit'],
      })
      child.stdin.end(`${PASSWORD}\n`)
      const [printed, [status]] = await Promise.all([text(child.stdout), once(child, 'close')])
      if (status !== 0) throw new Error(`tacit ${args.join(' ')} ended with status ${status}`)
      return printed
    },

    async page(path) {
      if (!path.startsWith('/docs/')) return send('GET', path)
      reader ??= service.administrator().then(({ jar }) => jar)
      return send('GET', path, { jar: await reader })
    },

    async administrator() {
      made ??= service
        .tacit(['user', 'create', ADMINISTRATOR, '--role', 'admin', '--password-stdin', '--json'])
        .then((printed) => ({ id: JSON.parse(printed).user.id, email: ADMINISTRATOR }))
      const account = { ...(await made), jar: new Jar() }
      await service.signIn(account, account.jar)
      return account
    },

    variant(others) {
      const key = JSON.stringify(others)
      const started = variants.get(key) ?? startService(t, others)
      variants.set(key, started)
      return started
    },
  }
  return service
}
