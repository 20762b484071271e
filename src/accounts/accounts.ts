/**
 * Accounts: creating them, signing in to them, changing them.
 *
 * Guarantee: nothing that endangers an account happens without the proof that proof.ts asks for; a new password begins
 * with no failures.
 * What it does not do: hide at registration that an address is taken (SECURITY.md).
 * Source: OWASP ASVS 5.0 V6.2 and V6.3, NIST SP 800-63B-4 section 3.1.1.
 */
import { v7 as uuidv7 } from 'uuid'
import { DEFAULT_ROLE, type Roles } from '../access/roles.ts'
import type { Client, Events, Log } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { checkPassword, normalizePassword, ownWords } from '../credentials/password-rules.ts'
import type { Passwords } from '../credentials/passwords.ts'
import { type AskingSession, createProof, type KnownBrowser } from '../credentials/proof.ts'
import { throttleKey } from '../credentials/throttle.ts'
import { AuthError } from '../errors.ts'
import type { OwnerProof } from '../store/authority.ts'
import type { Session, SessionWithUser } from '../store/sessions.ts'
import type { ThrottleStore } from '../store/throttles.ts'
import type { AccountStore, User } from '../store/users.ts'
import { type Administration, createAdministration } from './administration.ts'
import { lookupKey } from './email.ts'

export interface AccountsOptions {
  readonly store: AccountStore & ThrottleStore
  readonly clock: Clock
  readonly passwords: Passwords
  readonly events: Events
  readonly refusalEvents: RefusalEvents
  readonly roles: Roles
  readonly passwordMinLength: number
  readonly log: Log
}

export interface NewAccount {
  readonly email: string
  readonly password: string
  readonly name?: string | undefined
  readonly role?: string | undefined
}

/** Somebody who has given the right password. */
export interface Proved {
  readonly user: User
  /** Keys of the counts that this takes back as the session begins. */
  readonly clearFailures: readonly Buffer[]
}

export interface NewPassword {
  /** May be left out soon after a sign-in. */
  readonly current: string | undefined
  readonly next: string
}

export interface PasswordChange {
  readonly session: Session
  readonly client: Client
  /** Makes the session that takes the place of the one that asks. Left out: the one that asks goes on. */
  readonly begin?: () => Session
}

export interface Accounts extends Administration {
  /** Rejects with PASSWORD_REJECTED or ACCOUNT_EXISTS. */
  create(account: NewAccount, client?: Client): Promise<User>
  /**
   * Renews the hash when its parameters are not the current ones, if that can be done now.
   * Rejects with LOGIN_FAILED, whatever it is that is not right, or with SERVER_BUSY, which counts as no failure.
   */
  signIn(email: string, password: string, client: Client, knownBrowser: KnownBrowser): Promise<Proved>
  /** Rejects with NOT_FOUND. */
  get(id: string): Promise<User>
  findByEmail(email: string): Promise<User | undefined>
  list(): Promise<User[]>
  rename(user: User, name: string | null): Promise<User>
  /**
   * Ends every session of the account but the one that asks, which goes on or is replaced.
   * Rejects with PASSWORD_INCORRECT, REAUTHENTICATION_REQUIRED or PASSWORD_REJECTED; with SESSION_ENDED when the session has
   * ended, the account was disabled or its password was changed meanwhile.
   * @returns the account as it is then, and the session that goes on
   */
  changePassword(user: User, passwords: NewPassword, change: PasswordChange): Promise<SessionWithUser>
  /** As an operator does it: without the current password, ending every session. Rejects with NOT_FOUND. */
  resetPassword(user: User, next: string): Promise<void>
  /**
   * Rejects with PASSWORD_INCORRECT, REAUTHENTICATION_REQUIRED or LAST_ADMINISTRATOR, or with SESSION_ENDED as
   * `changePassword` does.
   * @param password may be left out soon after a sign-in
   */
  remove(user: User, password: string | undefined, session: AskingSession, client: Client): Promise<void>
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { store, clock, passwords, events, refusalEvents, passwordMinLength, log } = options
  const proof = createProof({ ...options, failures: refusalEvents })

  async function hashOfNew(password: string, account: { email: string; name?: string | null | undefined }) {
    const words = ownWords({ email: account.email, name: account.name ?? null })
    const problem = checkPassword(password, { minLength: passwordMinLength, ownWords: words })
    if (problem)
      throw new AuthError('PASSWORD_REJECTED', { reason: problem.reason, message: problem.message })
    return passwords.hash(normalizePassword(password))
  }

  async function rehash(user: User, password: string): Promise<void> {
    if (!passwords.isOutdated(user.passwordHash)) return
    try {
      const renewed = await passwords.hash(normalizePassword(password))
      await store.replacePasswordHash(user, renewed)
    } catch (error) {
      // Who has proved the account is let in all the same. The next sign-in tries again.
      log.error({ err: error, userId: user.id }, 'a password hash could not be renewed')
    }
  }

  const proofOf = ({ passwordChangedAt }: User, { id: sid }: AskingSession): OwnerProof => ({
    passwordChangedAt,
    sid,
  })

  /** The current password is not given soon after a sign-in: then its hash has to tell. */
  const isTheSame = async (user: User, current: string | undefined, next: string): Promise<boolean> =>
    current === undefined
      ? passwords.verify(async () => user.passwordHash, normalizePassword(next))
      : normalizePassword(next) === normalizePassword(current)

  return {
    ...createAdministration({ ...options, proof }),

    async create({ email, password, name, role }, client) {
      const passwordHash = await hashOfNew(password, { email, name })
      const now = clock.now()
      const user: User = {
        id: uuidv7({ msecs: now }),
        email,
        emailKey: lookupKey(email),
        name: name ?? null,
        role: role ?? DEFAULT_ROLE,
        passwordHash,
        createdAt: now,
        passwordChangedAt: now,
        passwordChangeRequiredAt: null,
        disabledAt: null,
      }
      if (!(await store.createUser(user))) throw new AuthError('ACCOUNT_EXISTS')
      await proof.forgetFailures(user)
      await events.record('registered', { userId: user.id, client })
      return user
    },

    async signIn(email, password, client, knownBrowser) {
      const emailKey = lookupKey(email)
      const user = await store.findUserByEmailKey(emailKey)
      const clearFailures = await proof.ofSignIn({ emailKey, user, password, knownBrowser, client })
      if (clearFailures === null || user === undefined) throw new AuthError('LOGIN_FAILED')
      await rehash(user, password)
      return { user, clearFailures }
    },

    async get(id) {
      const user = await store.findUser(id)
      if (user === undefined) throw new AuthError('NOT_FOUND')
      return user
    },
    findByEmail: (email) => store.findUserByEmailKey(lookupKey(email)),
    list: () => store.listUsers(),

    async rename(user, name) {
      await store.renameUser(user.id, name, clock.now())
      return { ...user, name }
    },

    async changePassword(user, { current, next }, { session, client, begin }) {
      await proof.ofOwner(user, current, session, client)
      const hash = await hashOfNew(next, user)
      // Only now: what the rules refuse must not be a way to try passwords.
      if (await isTheSame(user, current, next)) throw unchanged()
      const successor = begin?.()
      const clearFailures = [throttleKey(user.emailKey)]
      const by = { ...proofOf(user, session), successor, clearFailures }
      const changed = await store.changePassword(user.id, hash, clock.now(), by)
      if (changed === null) throw new AuthError('SESSION_ENDED')
      const told = { userId: user.id, client }
      if (successor) await events.record('session-revoked', { ...told, sid: session.id, reason: 'replaced' })
      const goesOn = successor ?? session
      await events.record('password-changed', { ...told, sid: goesOn.id })
      return { session: goesOn, user: changed }
    },

    async resetPassword(user, next) {
      const changed = await store.changePassword(user.id, await hashOfNew(next, user), clock.now())
      if (changed === null) throw new AuthError('NOT_FOUND')
      await proof.forgetFailures(user)
      await events.record('password-changed', { userId: user.id, reason: 'by an operator' })
    },

    async remove(user, password, session, client) {
      await proof.ofOwner(user, password, session, client)
      const outcome = await store.deleteUser(user.id, clock.now(), proofOf(user, session))
      if (outcome === 'session-ended') throw new AuthError('SESSION_ENDED')
      if (outcome === 'last-administrator') throw new AuthError('LAST_ADMINISTRATOR')
      await proof.forgetFailures(user)
      await events.record('account-deleted', { userId: user.id, client })
    },
  }
}

const unchanged = (): AuthError =>
  new AuthError('PASSWORD_REJECTED', { reason: 'unchanged', message: 'This is the password that you have.' })
