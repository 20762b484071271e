/**
 * Accounts: creating them, proving that one is theirs, changing them.
 *
 * Threat: guessing passwords, and finding out who has an account.
 * Guarantee: unknown, wrong, disabled and paused are refused with one answer after one hash; failures are counted
 * before the password is looked at, so that guesses sent at once do not slip past the count.
 * What it does not do: hide at registration that an address is taken (SECURITY.md).
 * Source: OWASP ASVS 5.0 V6.2 and V6.3, NIST SP 800-63B-4 section 3.1.1.
 */
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '../clock.ts'
import type { AccountStore, ThrottleStore, User } from '../db/store.ts'
import { AuthError } from '../errors.ts'
import type { Client, Events } from '../events.ts'
import { lookupKey } from './email.ts'
import { checkPassword, normalizePassword, ownWords } from './password-rules.ts'
import type { Passwords } from './passwords.ts'
import { DEFAULT_ROLE } from './roles.ts'
import { isPaused, throttleKey } from './throttle.ts'

export interface AccountsOptions {
  readonly store: AccountStore & ThrottleStore
  readonly clock: Clock
  readonly passwords: Passwords
  readonly events: Events
  readonly passwordMinLength: number
}

export interface NewAccount {
  readonly email: string
  readonly password: string
  readonly name?: string | undefined
  readonly role?: string | undefined
}

export interface Accounts {
  /** Rejects with PASSWORD_REJECTED or ACCOUNT_EXISTS. */
  create(account: NewAccount, client?: Client): Promise<User>
  /** Rejects with LOGIN_FAILED, whatever it is that is not right. */
  signIn(email: string, password: string, client: Client): Promise<User>
  /** Rejects with NOT_FOUND. */
  get(id: string): Promise<User>
  findByEmail(email: string): Promise<User | undefined>
  list(): Promise<User[]>
  rename(user: User, name: string | null): Promise<User>
  /**
   * Ends every other session of the account. Rejects with PASSWORD_INCORRECT or PASSWORD_REJECTED.
   * @param keepSid the session that asked
   */
  changePassword(user: User, current: string, next: string, keepSid: string, client: Client): Promise<void>
  /** As an operator does it: without the current password, ending every session. */
  resetPassword(user: User, next: string): Promise<void>
  setRole(user: User, role: string): Promise<void>
  setDisabled(user: User, disabled: boolean): Promise<void>
  /** Rejects with PASSWORD_INCORRECT. */
  remove(user: User, password: string, client: Client): Promise<void>
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { store, clock, passwords, events, passwordMinLength } = options

  async function hashOfNew(password: string, account: { email: string; name?: string | null | undefined }) {
    const words = ownWords({ email: account.email, name: account.name ?? null })
    const problem = checkPassword(password, { minLength: passwordMinLength, ownWords: words })
    if (problem)
      throw new AuthError('PASSWORD_REJECTED', { reason: problem.reason, message: problem.message })
    return passwords.hash(normalizePassword(password))
  }

  /** False when the account is paused. Counts the attempt as a failure, which a success takes back. */
  async function admit(accountKey: Buffer): Promise<boolean> {
    for (;;) {
      const now = clock.now()
      const throttle = await store.findThrottle(accountKey)
      if (isPaused(throttle, now)) return false
      if (await store.countAttempt(accountKey, throttle?.failures ?? 0, now)) return true
    }
  }

  async function isProved(
    emailKey: string,
    user: User | undefined,
    password: string,
  ): Promise<boolean | 'paused'> {
    const accountKey = throttleKey(emailKey)
    const admitted = await admit(accountKey)
    const expected = admitted && user?.disabledAt === null ? user.passwordHash : undefined
    const proved = await passwords.verify(expected, normalizePassword(password))
    if (!admitted) return 'paused'
    if (proved) await store.clearFailures(accountKey)
    return proved
  }

  async function rehash(user: User, password: string): Promise<void> {
    if (!passwords.isOutdated(user.passwordHash)) return
    await store.replacePasswordHash(
      user.id,
      user.passwordHash,
      await passwords.hash(normalizePassword(password)),
    )
  }

  async function proveOwner(user: User, password: string, client: Client): Promise<void> {
    const proved = await isProved(user.emailKey, user, password)
    if (proved === true) return
    await events.record(proved === 'paused' ? 'sign-in-paused' : 'sign-in-failed', {
      userId: user.id,
      client,
    })
    throw new AuthError('PASSWORD_INCORRECT')
  }

  return {
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
        disabledAt: null,
      }
      if (!(await store.createUser(user))) throw new AuthError('ACCOUNT_EXISTS')
      await events.record('registered', { userId: user.id, client })
      return user
    },

    async signIn(email, password, client) {
      const emailKey = lookupKey(email)
      const user = await store.findUserByEmailKey(emailKey)
      const proved = await isProved(emailKey, user, password)
      if (proved !== true || user === undefined) {
        await events.record(proved === 'paused' ? 'sign-in-paused' : 'sign-in-failed', {
          userId: user?.id,
          client,
        })
        throw new AuthError('LOGIN_FAILED')
      }
      await rehash(user, password)
      return user
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

    async changePassword(user, current, next, keepSid, client) {
      await proveOwner(user, current, client)
      const hash = await hashOfNew(next, user)
      await store.changePassword(user.id, hash, clock.now(), keepSid)
      await events.record('password-changed', { userId: user.id, sid: keepSid, client })
    },

    async resetPassword(user, next) {
      await store.changePassword(user.id, await hashOfNew(next, user), clock.now(), null)
      await events.record('password-changed', { userId: user.id, reason: 'by an operator' })
    },

    async setRole(user, role) {
      await store.setRole(user.id, role, clock.now())
      await events.record('role-changed', { userId: user.id, reason: `${user.role} to ${role}` })
    },

    async setDisabled(user, disabled) {
      await store.setDisabled(user.id, disabled, clock.now())
      await events.record(disabled ? 'disabled' : 'enabled', { userId: user.id })
    },

    async remove(user, password, client) {
      await proveOwner(user, password, client)
      await store.deleteUser(user.id, clock.now())
      await events.record('account-deleted', { userId: user.id, client })
    },
  }
}
