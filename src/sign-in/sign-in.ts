/** Begins a session after a verified password, a registration or a password change. */

import type { Accounts, NewAccount, NewPassword, Proved } from '../accounts/accounts.ts'
import type { Confirmation } from '../accounts/confirmation.ts'
import type { Client } from '../audit/events.ts'
import type { Clock } from '../clock.ts'
import type { DeviceCookies } from '../credentials/device-cookies.ts'
import type { KnownBrowser } from '../credentials/proof.ts'
import { deviceCounter, sessionCounter } from '../credentials/throttle.ts'
import { AuthError } from '../errors.ts'
import type { MailNotices } from '../mail/notices.ts'
import { endReason } from '../protocol/rotation.ts'
import type { Issuance } from '../sessions/issuance.ts'
import type { Principal } from '../sessions/principal.ts'
import type { SaveSuccessor, Sessions } from '../sessions/sessions.ts'
import type { RefreshRequest } from '../sessions/verdicts.ts'
import type { SessionInfo } from '../store/session-info.ts'
import type { MailFor } from '../store/user-row.ts'

/** The cookies of a browser that signs in. A cookie that is sent more than once is null. */
export interface BrowserCookies {
  /** The refresh token. The new session replaces its session. */
  readonly refresh: string | null | undefined
  readonly access: string | null | undefined
  readonly device: string | null | undefined
}

export interface SignInOptions extends Pick<RefreshRequest, 'arrived' | 'client' | 'isGone'> {
  readonly remember: boolean
  /** Undefined for clients that are not browsers. */
  readonly cookies?: BrowserCookies
  /**
   * A refresh token by which the account recognises a client that is not a browser. Its session
   * continues.
   */
  readonly refreshToken?: string | undefined
}

export interface NewPasswordOptions {
  readonly client: Client
  readonly isByCookie: boolean
}

export interface SignIn {
  /** Verifies a password and begins a session. Rejects with LOGIN_FAILED or SERVER_BUSY. */
  withPassword(email: string, password: string, options: SignInOptions): Promise<Issuance>
  /**
   * Changes the password. The session of a browser is replaced by a new one, because its tokens may
   * have been copied. A client with a bearer token keeps its session and gets no tokens here.
   * Rejects as `changePassword` of accounts.ts does.
   * @returns the right to the tokens of the new session; null for a bearer token
   */
  withNewPassword(
    asking: Pick<Principal, 'user' | 'session'>,
    passwords: NewPassword,
    options: NewPasswordOptions,
  ): Promise<Issuance | null>
  /**
   * Creates an account and begins its first session. Rejects with REGISTRATION_CLOSED,
   * PASSWORD_REJECTED or ACCOUNT_EXISTS.
   */
  withNewAccount(account: NewAccount, options: SignInOptions): Promise<Issuance>
}

export interface SignInDependencies {
  readonly accounts: Accounts
  readonly sessions: Sessions
  readonly devices: DeviceCookies
  readonly clock: Clock
  readonly registrationOpen: boolean
  /** The mail about sign-ins. */
  readonly notices: Pick<MailNotices, 'newSignIn'>
  readonly confirmation: Pick<Confirmation, 'linkFor'>
}

export function createSignIn(dependencies: SignInDependencies): SignIn {
  const { accounts, sessions, devices, clock, registrationOpen, notices, confirmation } = dependencies

  /** The live session whose token the client presents; null if there is none. */
  async function liveSession(options: SignInOptions): Promise<SessionInfo | null> {
    const { arrived, cookies, refreshToken } = options
    const refresh = cookies?.refresh ?? refreshToken
    const named = refresh ? await sessions.sessionOf(refresh, options) : null
    if (named !== null && endReason(named, arrived) === null) return named
    return cookies?.access ? sessions.sessionOfAccessToken(cookies.access, arrived) : null
  }

  /** An account recognises a browser by its device cookie, and any client by a live session. */
  async function knownBy(options: SignInOptions): Promise<KnownBrowser> {
    const session = await liveSession(options)
    return (userId) => {
      const device = devices.read(options.cookies?.device, userId, clock.now())
      if (device !== undefined) return deviceCounter(device, userId)
      return session?.userId === userId ? sessionCounter(session) : undefined
    }
  }

  async function endReplaced(replaces: string, options: SignInOptions): Promise<void> {
    const old = await sessions.sessionOf(replaces, options)
    if (old !== null) await sessions.end(old, 'signed-in-again', options.client)
  }

  async function begin(
    { user, clearFailures }: Proved,
    options: SignInOptions,
    mailFor?: MailFor,
  ): Promise<Issuance> {
    const { remember, client, cookies } = options
    if (cookies?.refresh) await endReplaced(cookies.refresh, options)
    return sessions.start(user, {
      remember,
      isByCookie: cookies !== undefined,
      client,
      clearFailures,
      mailFor,
    })
  }

  /**
   * A client without cookies is known by a live session with the same address and user agent. A
   * program that asks for tokens each hour causes one mail.
   */
  async function isLikeAnother(userId: string, { client, cookies }: SignInOptions): Promise<boolean> {
    if (cookies !== undefined) return false
    const live = await sessions.list(userId)
    return live.some(({ ip, userAgent }) => ip === client.ip && userAgent === client.userAgent)
  }

  return {
    async withPassword(email, password, options) {
      const knownBrowser = await knownBy(options)
      const proved = await accounts.signIn(email, password, options.client, knownBrowser)
      const { id } = proved.user
      const isKnown = knownBrowser(id) !== undefined || (await isLikeAnother(id, options))
      return begin(proved, options, isKnown ? undefined : notices.newSignIn(options.client))
    },
    withNewPassword({ user, session }, passwords, { client, isByCookie }) {
      const replace = (save: SaveSuccessor) => sessions.replace(session, client, save)
      return accounts.changePassword(user, passwords, { session, client, ...(isByCookie && { replace }) })
    },
    async withNewAccount(account, options) {
      if (!registrationOpen) throw new AuthError('REGISTRATION_CLOSED')
      const user = await accounts.create(account, options.client, confirmation.linkFor)
      return begin({ user, clearFailures: [] }, options)
    },
  }
}
