/**
 * The tables on PostgreSQL: those of sqlite/tables.ts, with the same names and columns in the same
 * order. Columns that only PostgreSQL has stand at the end and say why.
 * `npm run db:generate` turns a change here into a migration.
 */
import type { EventFacts } from '../../store/events.ts'
import type { TokenPurpose } from '../../store/one-time-tokens.ts'
import type { RevokedReason } from '../../store/sessions.ts'
import { bigint, boolean, customType, index, integer, pgTable, sql, uniqueIndex } from './drizzle.ts'

// drizzle calls toDriver with null for a placeholder, but not for a plain value.
const orNull = <Value, Stored>(value: Value, convert: (value: Value) => Stored): Stored =>
  value === null ? (null as Stored) : convert(value)

/** 128 random bits: base64url in the program, 16 bytes in the table. */
const opaqueId = customType<{ data: string; driverData: Buffer }>({
  dataType: () => 'bytea',
  toDriver: (value) => orNull(value, (text) => Buffer.from(text, 'base64url')),
  fromDriver: (value) => value.toString('base64url'),
})

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i
const NO_UUID = '00000000-0000-0000-0000-000000000000'

/** UUIDv7. A text that is none, such as an id from a request, finds no row. */
const uuid = customType<{ data: string; driverData: string }>({
  dataType: () => 'uuid',
  toDriver: (value) => orNull(value, (text) => (UUID.test(text) ? text : NO_UUID)),
})

/** PostgreSQL has no character with the number 0. */
export const storable = (text: string): string => text.replaceAll('\0', '\ufffd')

const bytes = customType<{ data: Buffer; driverData: Buffer }>({
  dataType: () => 'bytea',
})

/**
 * Compared and sorted by its bytes, as SQLite does. The order of a language may change with an
 * update of the system, and an index would then be wrong.
 */
const text = customType<{ data: string; driverData: string }>({
  dataType: () => 'text COLLATE "C"',
  toDriver: (value) => orNull(value, storable),
})

const facts = customType<{ data: EventFacts; driverData: string }>({
  dataType: () => 'text',
  toDriver: (value) => orNull(value, JSON.stringify),
  fromDriver: (value) => JSON.parse(value),
})

const wholeNumber = (name: string) => bigint(name, { mode: 'number' })

/** A number that the database gives, in the order of the inserts. */
const ordinal = (name: string) => wholeNumber(name).generatedAlwaysAsIdentity()

/** Milliseconds since the Unix epoch. */
const time = wholeNumber

/** A transaction. Its numbers are never used again. */
const transactionId = customType<{ data: string; driverData: string }>({
  dataType: () => 'xid8',
})

export const users = pgTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    /** As the user typed it. */
    email: text('email').notNull(),
    /** The spelling for look-ups: see accounts/email.ts. */
    emailKey: text('email_key').notNull().unique(),
    name: text('name'),
    role: text('role').notNull(),
    /** PHC string. */
    passwordHash: text('password_hash').notNull(),
    createdAt: time('created_at').notNull(),
    passwordChangedAt: time('password_changed_at').notNull(),
    /** Since when the user has to choose a new password first. */
    passwordChangeRequiredAt: time('password_change_required_at'),
    disabledAt: time('disabled_at'),
    emailConfirmedAt: time('email_confirmed_at'),
    /** Language of mail. */
    locale: text('locale'),
    /** Whether the owner gets mail about a sign-in from an unknown browser. */
    signInNotices: boolean('sign_in_notices').notNull().default(true),
    /** Since when an invited account waits for its first password. */
    invitedAt: time('invited_at'),
  },
  // For the check of the last administrator, which must not read every account.
  (table) => [index('users_administrators').on(table.role).where(sql`role = 'admin'`)],
)

/** One row per session, for its whole life. docs/rotation.md explains each column. */
export const sessions = pgTable(
  'sessions',
  {
    id: opaqueId('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    seed: bytes('seed').notNull(),
    generation: wholeNumber('generation').notNull(),
    rotatedAt: time('rotated_at').notNull(),
    confirmedAt: time('confirmed_at'),
    authenticatedAt: time('authenticated_at').notNull(),
    createdAt: time('created_at').notNull(),
    /**
     * Whether the user asked to stay signed in: decides the idle limit and the cookies' Max-Age.
     */
    remember: boolean('remember').notNull(),
    idleExpiresAt: time('idle_expires_at').notNull(),
    expiresAt: time('expires_at').notNull(),
    revokedAt: time('revoked_at'),
    revokedReason: text('revoked_reason').$type<RevokedReason>(),
    ip: text('ip').notNull(),
    userAgent: text('user_agent').notNull(),
    lastSeenAt: time('last_seen_at').notNull(),
    handedAt: time('handed_at'),
    usedAt: time('used_at'),
    fallbacks: integer('fallbacks').notNull().default(0),
    /**
     * Whether the client receives cookies: an access token then proves receipt only as a cookie.
     */
    isByCookie: boolean('is_by_cookie').notNull().default(true),
  },
  (table) => [
    // With the end, so that finding a user's live sessions does not read the ended ones.
    index('sessions_user_id').on(table.userId, table.revokedAt),
    index('sessions_expires_at').on(table.expiresAt),
  ],
)

/** The change feed: the sessions that ended or went stale. change-reader.ts reads it. */
export const sessionChanges = pgTable(
  'session_changes',
  {
    seq: ordinal('seq').primaryKey(),
    /** Null in a row about an account. */
    sessionId: opaqueId('session_id'),
    /** An account whose sessions all went stale: one row for all. No foreign key: see auth_events. */
    userId: uuid('user_id'),
    at: time('at').notNull(),
    /** Random. A restored database uses numbers again, but with another mark. */
    mark: wholeNumber('mark'),
    /** The transaction that added the row. A lower `seq` may commit later: see change-places.ts. */
    xid: transactionId('xid').notNull().default(sql`pg_current_xact_id()`),
  },
  (table) => [index('session_changes_xid').on(table.xid)],
)

/** Consecutive failed sign-ins. credentials/throttle.ts explains the keys. */
export const loginThrottles = pgTable(
  'login_throttles',
  {
    /** SHA-256 of the normalized e-mail address, or of a known browser's device cookie entry. */
    key: bytes('key').primaryKey(),
    failures: wholeNumber('failures').notNull(),
    lastFailedAt: time('last_failed_at').notNull(),
    /** From when on the row may be pruned. */
    forgetAt: time('forget_at'),
  },
  (table) => [index('login_throttles_forget_at').on(table.forgetAt)],
)

/** Security events. They contain no token, no password and no hash. */
export const authEvents = pgTable(
  'auth_events',
  {
    id: ordinal('id').primaryKey(),
    at: time('at').notNull(),
    type: text('type').notNull(),
    /** No foreign keys: an event outlives its account and its session. */
    userId: uuid('user_id'),
    sessionId: opaqueId('session_id'),
    /** The administrator who acted on the account, or null if there was none. */
    actorId: uuid('actor_id'),
    ip: text('ip'),
    userAgent: text('user_agent'),
    reason: text('reason'),
    /** JSON. */
    facts: facts('facts'),
  },
  // With the id, so that each index also sorts its results. SQLite adds it by itself.
  (table) => [
    index('auth_events_at').on(table.at),
    index('auth_events_type').on(table.type, table.id),
    index('auth_events_user_id').on(table.userId, table.id),
    index('auth_events_actor_id').on(table.actorId, table.id).where(sql`actor_id IS NOT NULL`),
  ],
)

/** Programs that authenticate with a secret of their own, such as another service. */
export const clients = pgTable('clients', {
  id: uuid('id').primaryKey(),
  name: text('name').notNull(),
  /** SHA-256. clients/clients.ts says why a fast hash is right. */
  secretHash: bytes('secret_hash').notNull(),
  createdAt: time('created_at').notNull(),
})

/** The ids of the keys that have signed access tokens, in order of first use: see secrets.ts. */
export const signingKeys = pgTable('signing_keys', {
  kid: text('kid').primaryKey(),
  firstUsedAt: time('first_used_at').notNull(),
  /** In the order of first use. SQLite has its rowid. */
  seq: ordinal('seq'),
})

/** Key pairs that sign access tokens: see keys/key-schedule.ts. */
export const keyPairs = pgTable('key_pairs', {
  /** Thumbprint of the public key. */
  kid: text('kid').primaryKey(),
  algorithm: text('algorithm').notNull(),
  /** The private key, encrypted: see keys/sealing.ts. */
  sealed: bytes('sealed').notNull(),
  createdAt: time('created_at').notNull(),
  /** Null for the next key. */
  signsFrom: time('signs_from'),
  expiresAt: time('expires_at'),
  /** In the order of the inserts. SQLite has its rowid. */
  seq: ordinal('seq'),
})

/** Mail: store/outbox.ts explains each column. */
export const outbox = pgTable(
  'outbox',
  {
    id: uuid('id').primaryKey(),
    kind: text('kind').notNull(),
    /** No foreign key: the mail about a deletion outlives its account, and a decoy has none. */
    userId: uuid('user_id').notNull(),
    /** Null for a decoy. */
    to: text('recipient'),
    /** Encrypted: see mail/composer.ts. Null once the mail is sent. */
    sealed: bytes('sealed'),
    createdAt: time('created_at').notNull(),
    retryUntil: time('retry_until').notNull(),
    expiresAt: time('expires_at'),
    attempts: integer('attempts').notNull().default(0),
    nextAttemptAt: time('next_attempt_at'),
    sentAt: time('sent_at'),
    givenUpAt: time('given_up_at'),
    lastError: text('last_error'),
    /** In the order of the inserts. SQLite has its rowid. */
    seq: ordinal('seq'),
  },
  (table) => [
    index('outbox_due').on(table.nextAttemptAt).where(sql`next_attempt_at IS NOT NULL`),
    // For the limit of mails to an account.
    index('outbox_user_id').on(table.userId, table.kind, table.createdAt),
    index('outbox_created_at').on(table.createdAt),
  ],
)

/** Which process does a task that only one may do at a time. */
export const leases = pgTable('leases', {
  task: text('task').primaryKey(),
  /** Names a process: a random UUID. */
  holder: text('holder').notNull(),
  until: time('until').notNull(),
})

/** Links in mail: store/one-time-tokens.ts explains each column. */
export const oneTimeTokens = pgTable(
  'one_time_tokens',
  {
    /** SHA-256 of the token. */
    hash: bytes('hash').primaryKey(),
    purpose: text('purpose').$type<TokenPurpose>().notNull(),
    /** No foreign key: a decoy has no account. */
    userId: uuid('user_id').notNull(),
    passwordChangedAt: time('password_changed_at').notNull(),
    emailKey: text('email_key').notNull(),
    createdAt: time('created_at').notNull(),
    expiresAt: time('expires_at').notNull(),
  },
  (table) => [
    uniqueIndex('one_time_tokens_user_id').on(table.userId, table.purpose),
    index('one_time_tokens_expires_at').on(table.expiresAt),
  ],
)

/** Accounts that wait for the proof of their address: store/registrations.ts explains each column. */
export const registrations = pgTable(
  'registrations',
  {
    /** SHA-256 of the token. */
    hash: bytes('hash').primaryKey(),
    email: text('email').notNull(),
    emailKey: text('email_key').notNull(),
    name: text('name'),
    locale: text('locale'),
    /** PHC string. */
    passwordHash: text('password_hash').notNull(),
    createdAt: time('created_at').notNull(),
    expiresAt: time('expires_at').notNull(),
  },
  (table) => [
    index('registrations_email_key').on(table.emailKey),
    index('registrations_expires_at').on(table.expiresAt),
  ],
)

/** Changes of an address that are not confirmed yet: store/address-changes.ts explains each column. */
export const addressChanges = pgTable(
  'address_changes',
  {
    /** SHA-256 of the token. */
    hash: bytes('hash').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .unique()
      .references(() => users.id, { onDelete: 'cascade' }),
    email: text('email').notNull(),
    emailKey: text('email_key').notNull(),
    fromEmailKey: text('from_email_key').notNull(),
    passwordChangedAt: time('password_changed_at').notNull(),
    createdAt: time('created_at').notNull(),
    expiresAt: time('expires_at').notNull(),
  },
  (table) => [index('address_changes_expires_at').on(table.expiresAt)],
)

/** Addresses that an account may get back: store/address-changes.ts explains each column. */
export const formerAddresses = pgTable(
  'former_addresses',
  {
    /** SHA-256 of the token. */
    hash: bytes('hash').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    step: integer('step').notNull(),
    email: text('email').notNull(),
    emailKey: text('email_key').notNull(),
    emailConfirmedAt: time('email_confirmed_at'),
    createdAt: time('created_at').notNull(),
    expiresAt: time('expires_at').notNull(),
  },
  (table) => [
    uniqueIndex('former_addresses_user_id').on(table.userId, table.step),
    index('former_addresses_email_key').on(table.emailKey),
    index('former_addresses_expires_at').on(table.expiresAt),
  ],
)
