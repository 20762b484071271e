/**
 * From proof to session: what registering, signing in and asking for tokens have in common.
 */
import type { Clock } from '../clock.ts'
import type { Session } from '../db/store.ts'
import { AuthError } from '../errors.ts'
import type { Client } from '../events.ts'
import type { Grant } from '../sessions/grants.ts'
import { endReason } from '../sessions/rotation.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Accounts, NewAccount, Proved } from './accounts.ts'
import type { DeviceCookies } from './device-cookies.ts'
import type { KnownBrowser } from './proof.ts'
import { deviceCounter, sessionCounter } from './throttle.ts'

/** What a browser shows as it signs in: its cookies, where there is exactly one of the name. */
export interface BrowserCookies {
  /** The refresh token, whose session the new one replaces. */
  readonly refresh: string | null | undefined
  readonly access: string | null | undefined
  readonly device: string | null | undefined
}

export interface SignInOptions {
  readonly remember: boolean
  readonly client: Client
  /** Left out by clients that are no browsers. */
  readonly cookies?: BrowserCookies
}

export interface SignIn {
  /** Rejects with LOGIN_FAILED or SERVER_BUSY. */
  withPassword(email: string, password: string, options: SignInOptions): Promise<Grant>
  /** Creates the account first. Rejects with REGISTRATION_CLOSED, PASSWORD_REJECTED or ACCOUNT_EXISTS. */
  withNewAccount(account: NewAccount, options: SignInOptions): Promise<Grant>
}

export interface SignInDependencies {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly devices: DeviceCookies
  readonly clock: Clock
  readonly registrationOpen: boolean
}

export function createSignIn(dependencies: SignInDependencies): SignIn {
  const { accounts, sessions, devices, clock, registrationOpen } = dependencies

  /** The session that is alive and whose cookie the browser holds. */
  async function liveSession({ refresh, access }: BrowserCookies): Promise<Session | null> {
    const now = clock.now()
    const named = refresh ? await sessions.sessionOf(refresh) : null
    if (named !== null && endReason(named, now) === null) return named
    return access ? sessions.sessionOfAccessToken(access, now) : null
  }

  /** An account knows a browser by its device cookie, or else by a session of its own. */
  async function knownBy(cookies: BrowserCookies | undefined): Promise<KnownBrowser> {
    if (cookies === undefined) return () => undefined
    const session = await liveSession(cookies)
    return (userId) => {
      const device = devices.read(cookies.device, userId, clock.now())
      if (device !== undefined) return deviceCounter(device, userId)
      return session?.userId === userId ? sessionCounter(session) : undefined
    }
  }

  async function endReplaced(replaces: string, client: Client): Promise<void> {
    const old = await sessions.sessionOf(replaces)
    if (old !== null) await sessions.end(old, 'signed-in-again', client)
  }

  async function begin(
    { user, clearFailures }: Proved,
    { remember, client, cookies }: SignInOptions,
  ): Promise<Grant> {
    if (cookies?.refresh) await endReplaced(cookies.refresh, client)
    return sessions.start(user, { remember, isByCookie: cookies !== undefined, client, clearFailures })
  }

  return {
    async withPassword(email, password, options) {
      const knownBrowser = await knownBy(options.cookies)
      return begin(await accounts.signIn(email, password, options.client, knownBrowser), options)
    },
    async withNewAccount(account, options) {
      if (!registrationOpen) throw new AuthError('REGISTRATION_CLOSED')
      const user = await accounts.create(account, options.client)
      return begin({ user, clearFailures: [] }, options)
    },
  }
}
