/**
 * The tables of the embedded database. Ids and keys are stored as bytes, so that ten million sessions fit where
 * their text would not; everywhere else in the program they are strings.
 * `npm run db:generate` turns a change here into a migration.
 */
import type { EventFacts } from '../../store/events.ts'
import type { RevokedReason } from '../../store/sessions.ts'
import { customType, index, integer, sql, sqliteTable, text } from './drizzle.ts'

// A placeholder that stands for null comes through toDriver too, where a plain value of null would not.
const orNull = <Value, Stored>(value: Value, convert: (value: Value) => Stored): Stored =>
  value === null ? (null as Stored) : convert(value)

/** 128 random bits: base64url in the program, 16 bytes in the table. */
const opaqueId = customType<{ data: string; driverData: Buffer }>({
  dataType: () => 'blob',
  toDriver: (value) => orNull(value, (text) => Buffer.from(text, 'base64url')),
  fromDriver: (value) => value.toString('base64url'),
})

/** UUIDv7: 36 characters in the program, 16 bytes in the table. */
const uuid = customType<{ data: string; driverData: Buffer }>({
  dataType: () => 'blob',
  toDriver: (value) => orNull(value, (text) => Buffer.from(text.replaceAll('-', ''), 'hex')),
  fromDriver(value) {
    const hex = value.toString('hex')
    return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`
  },
})

const bytes = customType<{ data: Buffer; driverData: Buffer }>({
  dataType: () => 'blob',
})

const facts = customType<{ data: EventFacts; driverData: string }>({
  dataType: () => 'text',
  toDriver: (value) => orNull(value, JSON.stringify),
  fromDriver: (value) => JSON.parse(value),
})

/** Milliseconds since the Unix epoch. */
const time = (name: string) => integer(name)

export const users = sqliteTable(
  'users',
  {
    id: uuid('id').primaryKey(),
    /** As the person wrote it. */
    email: text('email').notNull(),
    /** As it is looked up: see accounts/email.ts. */
    emailKey: text('email_key').notNull().unique(),
    name: text('name'),
    role: text('role').notNull(),
    /** PHC string. */
    passwordHash: text('password_hash').notNull(),
    createdAt: time('created_at').notNull(),
    passwordChangedAt: time('password_changed_at').notNull(),
    /** Since when the person has to choose a new password before anything else. */
    passwordChangeRequiredAt: time('password_change_required_at'),
    disabledAt: time('disabled_at'),
  },
  // Whether an administrator is the last one must not take a look at every account.
  (table) => [index('users_administrators').on(table.role).where(sql`role = 'admin'`)],
)

/** One row per session, for its whole life: docs/rotation.md says what each column decides. */
export const sessions = sqliteTable(
  'sessions',
  {
    id: opaqueId('id').primaryKey(),
    userId: uuid('user_id')
      .notNull()
      .references(() => users.id, { onDelete: 'cascade' }),
    seed: bytes('seed').notNull(),
    generation: integer('generation').notNull(),
    rotatedAt: time('rotated_at').notNull(),
    confirmedAt: time('confirmed_at'),
    authenticatedAt: time('authenticated_at').notNull(),
    createdAt: time('created_at').notNull(),
    /** Whether the person asked to stay signed in: decides the idle limit and the cookies' Max-Age. */
    remember: integer('remember', { mode: 'boolean' }).notNull(),
    idleExpiresAt: time('idle_expires_at').notNull(),
    expiresAt: time('expires_at').notNull(),
    revokedAt: time('revoked_at'),
    revokedReason: text('revoked_reason').$type<RevokedReason>(),
    ip: text('ip').notNull(),
    userAgent: text('user_agent').notNull(),
    lastSeenAt: time('last_seen_at').notNull(),
    // Columns that came later stand last: SQLite appends them.
    handedAt: time('handed_at'),
    usedAt: time('used_at'),
    fallbacks: integer('fallbacks').notNull().default(0),
    /** Whether its tokens were given out as cookies: then an access token proves something only as a cookie. */
    isByCookie: integer('is_by_cookie', { mode: 'boolean' }).notNull().default(true),
  },
  (table) => [
    // With the end, which never changes twice: those of a user that go on are found without passing by all that ended.
    index('sessions_user_id').on(table.userId, table.revokedAt),
    index('sessions_expires_at').on(table.expiresAt),
  ],
)

/**
 * The change feed: which sessions ended or went stale, in the order in which it was committed. A process that
 * remembers access tokens reads what was added since it last looked.
 */
export const sessionChanges = sqliteTable('session_changes', {
  seq: integer('seq').primaryKey({ autoIncrement: true }),
  /** Null in a row that is about an account. */
  sessionId: opaqueId('session_id'),
  /** The account whose sessions all went stale: one row, however many sessions there are. No foreign key: see auth_events. */
  userId: uuid('user_id'),
  at: time('at').notNull(),
  /** Random. A restored database gives numbers out again, but never with the same mark. Null in rows of earlier versions. */
  mark: integer('mark'),
})

/** Failed sign-ins in a row: see credentials/throttle.ts for what they are counted under. */
export const loginThrottles = sqliteTable(
  'login_throttles',
  {
    /** SHA-256 of the looked-up e-mail address, or of what a known browser has shown. */
    key: bytes('key').primaryKey(),
    failures: integer('failures').notNull(),
    lastFailedAt: time('last_failed_at').notNull(),
    /** From when on the count may be deleted. Null in rows of earlier versions, which are never deleted by time. */
    forgetAt: time('forget_at'),
  },
  (table) => [index('login_throttles_forget_at').on(table.forgetAt)],
)

/** What happened, for people who have to find out later. Never a token, a password or a hash. */
export const authEvents = sqliteTable(
  'auth_events',
  {
    id: integer('id').primaryKey({ autoIncrement: true }),
    at: time('at').notNull(),
    type: text('type').notNull(),
    /** No foreign keys: an event outlives its account and its session. */
    userId: uuid('user_id'),
    sessionId: opaqueId('session_id'),
    /** The administrator who did it to the account; null where nobody else did. */
    actorId: uuid('actor_id'),
    ip: text('ip'),
    userAgent: text('user_agent'),
    reason: text('reason'),
    /** JSON. */
    facts: facts('facts'),
  },
  // An index ends with the id: each of them also sorts what it finds.
  (table) => [
    index('auth_events_at').on(table.at),
    index('auth_events_type').on(table.type),
    index('auth_events_user_id').on(table.userId),
    index('auth_events_actor_id').on(table.actorId).where(sql`actor_id IS NOT NULL`),
  ],
)

/** Which keys have signed access tokens, in the order in which they were taken up. Only their names: see secrets.ts. */
export const signingKeys = sqliteTable('signing_keys', {
  kid: text('kid').primaryKey(),
  firstUsedAt: time('first_used_at').notNull(),
})
