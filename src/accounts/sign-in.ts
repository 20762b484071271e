/**
 * From proof to session: what registering, signing in and asking for tokens have in common.
 */
import { AuthError } from '../errors.ts'
import type { Client, Events } from '../events.ts'
import type { Grant } from '../sessions/grants.ts'
import type { Sessions } from '../sessions/sessions.ts'
import type { Accounts, NewAccount } from './accounts.ts'

export interface SignInOptions {
  readonly remember: boolean
  readonly client: Client
  /** The refresh token that the browser still holds, whose session the new one replaces. */
  readonly replaces?: string | null | undefined
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
  readonly events: Events
  readonly registrationOpen: boolean
}

export function createSignIn({ accounts, sessions, events, registrationOpen }: SignInDependencies): SignIn {
  async function endReplaced(replaces: string, client: Client): Promise<void> {
    const old = await sessions.sessionOf(replaces)
    if (old !== null) await sessions.end(old, 'signed-in-again', client)
  }

  async function begin(
    user: Grant['principal']['user'],
    { remember, client, replaces }: SignInOptions,
  ): Promise<Grant> {
    if (replaces) await endReplaced(replaces, client)
    const grant = await sessions.start(user, { remember, client })
    await events.record('signed-in', { userId: user.id, sid: grant.principal.sid, client })
    return grant
  }

  return {
    async withPassword(email, password, options) {
      return begin(await accounts.signIn(email, password, options.client), options)
    },
    async withNewAccount(account, options) {
      if (!registrationOpen) throw new AuthError('REGISTRATION_CLOSED')
      return begin(await accounts.create(account, options.client), options)
    },
  }
}
