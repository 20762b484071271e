/**
 * Creates and changes accounts, and verifies their passwords.
 *
 * Threat: an attacker takes an account over by its password or by a stolen session.
 * Guarantee: a change that endangers an account needs the proof of proof.ts. A new password clears
 * the failure count.
 * Limits: `create` tells that an address is taken (SECURITY.md); registration.ts does not.
 * Source: OWASP ASVS 5.0 V6.2 and V6.3, NIST SP 800-63B-4 section 3.1.1.
 */
import { v7 as uuidv7 } from 'uuid'
import { DEFAULT_ROLE, type Roles } from '../access/roles.ts'
import type { Client, Events, Log } from '../audit/events.ts'
import type { RefusalEvents } from '../audit/refusal-events.ts'
import type { Clock } from '../clock.ts'
import { createNewPasswords } from '../credentials/new-password.ts'
import type { Passwords } from '../credentials/passwords.ts'
import { type AskingSession, createProof, type KnownBrowser } from '../credentials/proof.ts'
import { throttleKey } from '../credentials/throttle.ts'
import { AuthError } from '../errors.ts'
import type { MailNotices } from '../mail/notices.ts'
import type { Issuance } from '../sessions/issuance.ts'
import type { SaveSuccessor } from '../sessions/sessions.ts'
import { type Account, toAccount } from '../store/account.ts'
import type { OwnerProof } from '../store/authority.ts'
import type { MailedToken } from '../store/one-time-tokens.ts'
import type { SessionRow } from '../store/sessions.ts'
import type { ThrottleStore } from '../store/throttles.ts'
import type { UserRow } from '../store/user-row.ts'
import type { AccountStore } from '../store/users.ts'
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
  /** Whether an account can sign in only after its address was confirmed. */
  readonly mustBeConfirmed: boolean
  readonly log: Log
  /** The mail about changes. */
  readonly notices: MailNotices
}

export interface NewAccount {
  readonly email: string
  readonly password: string
  readonly name?: string | undefined
  readonly role?: string | undefined
  /** The language of mail: a BCP 47 tag. */
  readonly locale?: string | null | undefined
}

/** Returns the link by which the owner of a new account confirms the address. */
export type LinkFor = (user: Account) => MailedToken | undefined

/** An account whose password was verified. */
export interface Proved {
  readonly user: Account
  /** Keys of the failure counts to clear when the session begins. */
  readonly clearFailures: readonly Buffer[]
}

export interface OwnChange {
  readonly name?: string | null | undefined
  /** Whether the owner gets mail about a sign-in from an unknown browser. */
  readonly signInNotices?: boolean | undefined
}

export interface NewPassword {
  /** Not needed within ten minutes of a sign-in. */
  readonly current: string | undefined
  readonly next: string
}

export interface PasswordChange {
  readonly session: AskingSession
  readonly client: Client
  /**
   * Begins the session that replaces the one that asks. Without it, the session that asks
   * continues.
   */
  readonly replace?: ((save: SaveSuccessor) => Promise<Issuance | null>) | undefined
}

export interface Accounts extends Administration {
  /**
   * Creates an account. Rejects with PASSWORD_REJECTED or ACCOUNT_EXISTS.
   * @param linkFor makes the link that is mailed to confirm the address
   */
  create(account: NewAccount, client?: Client, linkFor?: LinkFor): Promise<Account>
  /**
   * Verifies a password. Renews the hash if its parameters are not the current ones and hashing is
   * possible now.
   * Rejects with LOGIN_FAILED, for every reason alike. Rejects with SERVER_BUSY, which counts as no
   * failure.
   */
  signIn(email: string, password: string, client: Client, knownBrowser: KnownBrowser): Promise<Proved>
  /** Rejects with NOT_FOUND. */
  get(id: string): Promise<Account>
  findByEmail(email: string): Promise<Account | undefined>
  list(): Promise<Account[]>
  /** Changes what an owner may change without a proof. A field that is undefined stays. */
  changeOwn(user: Account, change: OwnChange): Promise<Account>
  /**
   * Changes the password. Ends every other session of the account. The one that asks continues or
   * is replaced.
   * Rejects with PASSWORD_INCORRECT, REAUTHENTICATION_REQUIRED or PASSWORD_REJECTED. Rejects with
   * SESSION_ENDED if the session has ended meanwhile, the account was disabled, or its password was
   * changed.
   * @returns the right to the tokens of the new session; null if the session that asks continues
   */
  changePassword(user: Account, passwords: NewPassword, change: PasswordChange): Promise<Issuance | null>
  /**
   * Sets a password for an operator, without the current one, and ends every session. Rejects with
   * NOT_FOUND or PASSWORD_REJECTED.
   */
  resetPassword(user: Account, next: string): Promise<void>
  /**
   * Deletes an account. Rejects with PASSWORD_INCORRECT, REAUTHENTICATION_REQUIRED,
   * LAST_ADMINISTRATOR or ADDRESS_CHANGED, or with SESSION_ENDED as `changePassword` does.
   * @param password not needed within ten minutes of a sign-in
   */
  remove(user: Account, password: string | undefined, session: AskingSession, client: Client): Promise<void>
}

export function createAccounts(options: AccountsOptions): Accounts {
  const { store, clock, passwords, events, refusalEvents, passwordMinLength, log, notices } = options
  const { mustBeConfirmed } = options
  const proof = createProof({ ...options, failures: refusalEvents })

  const newPasswords = createNewPasswords(passwords, passwordMinLength)

  /**
   * @throws SESSION_ENDED if the account was deleted, or its password changed, since the request
   * was authenticated
   */
  async function rowOf({ id, passwordChangedAt }: Account): Promise<UserRow> {
    const row = await store.findUser(id)
    if (row?.passwordChangedAt !== passwordChangedAt) throw new AuthError('SESSION_ENDED')
    return row
  }

  async function rehash(user: UserRow, password: string): Promise<void> {
    if (!(await passwords.isOutdated(user.passwordHash))) return
    try {
      const renewed = await passwords.hash(password)
      await store.replacePasswordHash(user, renewed)
    } catch (error) {
      // The password was right, so the sign-in continues. The next sign-in tries again.
      log.error(
        { err: error, userId: user.id },
        'Could not renew a password hash: the next sign-in tries again',
      )
    }
  }

  const proofOf = ({ passwordChangedAt }: Account, { id: sid }: AskingSession): OwnerProof => ({
    passwordChangedAt,
    sid,
  })

  return {
    ...createAdministration({ ...options, proof }),

    async create({ email, password, name, role, locale }, client, linkFor) {
      const passwordHash = await newPasswords.hash(password, { email, name })
      const now = clock.now()
      const row: UserRow = {
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
        emailConfirmedAt: null,
        locale: locale ?? null,
        signInNotices: true,
        invitedAt: null,
      }
      if (!(await store.createUser(row, linkFor?.(toAccount(row))))) throw new AuthError('ACCOUNT_EXISTS')
      await proof.forgetFailures(row.emailKey)
      await events.record('registered', { userId: row.id, client })
      return toAccount(row)
    },

    async signIn(email, password, client, knownBrowser) {
      const emailKey = lookupKey(email)
      const user = await store.findUserByEmailKey(emailKey)
      const attempt = { emailKey, user, password, knownBrowser, client, mustBeConfirmed }
      const clearFailures = await proof.ofSignIn(attempt)
      if (clearFailures === null || user === undefined) throw new AuthError('LOGIN_FAILED')
      await rehash(user, password)
      return { user: toAccount(user), clearFailures }
    },

    async get(id) {
      const user = await store.findUser(id)
      if (user === undefined) throw new AuthError('NOT_FOUND')
      return toAccount(user)
    },
    async findByEmail(email) {
      const user = await store.findUserByEmailKey(lookupKey(email))
      return user && toAccount(user)
    },
    list: async () => (await store.listUsers()).map(toAccount),

    async changeOwn(user, { name, signInNotices }) {
      if (name !== undefined) await store.renameUser(user.id, name, clock.now())
      if (signInNotices !== undefined) await store.setSignInNotices(user.id, signInNotices, clock.now())
      return toAccount({
        ...user,
        ...(name !== undefined && { name }),
        ...(signInNotices !== undefined && { signInNotices }),
      })
    },

    async changePassword(user, { current, next }, { session, client, replace }) {
      const row = await rowOf(user)
      await proof.ofOwner(row, current, session, client)
      const hash = await newPasswords.hash(next, row)
      // After the rules, so that a rejected password cannot be tried against the hash.
      // Soon after a sign-in, the current password may be missing: then the hash is compared.
      const proved = current === undefined ? { hash: row.passwordHash } : { password: current }
      await newPasswords.refuseUnchanged(next, proved)
      const owner = { ...proofOf(user, session), clearFailures: [throttleKey(row.emailKey)] }
      const mailFor = notices.passwordChanged('owner', client)
      const save = (successor?: SessionRow) =>
        store.changePassword(user.id, hash, clock.now(), { ...owner, successor }, mailFor)
      const issuance = replace ? await replace(save) : null
      const isChanged = replace ? issuance !== null : (await save()) !== null
      if (!isChanged) throw new AuthError('SESSION_ENDED')
      const about = { userId: user.id, client }
      if (issuance) await events.record('session-revoked', { ...about, sid: session.id, reason: 'replaced' })
      await events.record('password-changed', { ...about, sid: issuance?.principal.sid ?? session.id })
      return issuance
    },

    async resetPassword(user, next) {
      const hash = await newPasswords.hash(next, user)
      const mailFor = notices.passwordChanged('operator')
      const changed = await store.changePassword(user.id, hash, clock.now(), undefined, mailFor)
      if (changed === null) throw new AuthError('NOT_FOUND')
      await proof.forgetFailures(lookupKey(user.email))
      await events.record('password-changed', { userId: user.id, reason: 'by an operator' })
    },

    async remove(user, password, session, client) {
      await proof.ofOwner(await rowOf(user), password, session, client)
      const mailFor = notices.accountDeleted('owner', client)
      const outcome = await store.deleteUser(user.id, clock.now(), proofOf(user, session), mailFor)
      if (outcome === 'session-ended') throw new AuthError('SESSION_ENDED')
      if (outcome === 'address-changed') throw new AuthError('ADDRESS_CHANGED')
      if (outcome === 'last-administrator') throw new AuthError('LAST_ADMINISTRATOR')
      await proof.forgetFailures(lookupKey(user.email))
      await events.record('account-deleted', { userId: user.id, client })
    },
  }
}
