/** What the service answers. Times are ISO 8601. */

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string | null
  readonly role: string
  readonly createdAt: string
  readonly disabled: boolean
  readonly emailConfirmed: boolean
}

/** An account as an administrator sees it. */
export interface AdministeredUser extends User {
  /** Whether the person has to choose a new password before anything else. */
  readonly passwordChangeRequired: boolean
  /** Whether the account has no password yet. */
  readonly invited: boolean
}

export interface Role {
  readonly name: string
  readonly permissions: readonly string[]
}

export interface Session {
  readonly id: string
  readonly current: boolean
  readonly createdAt: string
  readonly lastSeenAt: string
  readonly expiresAt: string
  readonly ip: string
  readonly userAgent: string
}

export interface Client {
  readonly ip: string
  readonly userAgent: string
}

/** What has happened to a session of the account. */
export interface Notice {
  readonly type: 'refresh-reused' | 'session-fell-back' | 'session-forwarded'
  readonly at: string
  readonly sessionId: string
  readonly presentedBy: Client
  readonly rotatedBy: Client | null
}

export interface Me {
  readonly user: User
  readonly session: Session
  /** There, and true, when nothing else is answered before a new password is chosen. */
  readonly signInNotices: boolean
  readonly passwordChangeRequired?: boolean
}

export interface AuthEvent {
  readonly id: number
  readonly at: string
  readonly type: string
  readonly userId: string | null
  readonly sessionId: string | null
  /** The administrator who did it. */
  readonly actorId: string | null
  readonly ip: string | null
  readonly userAgent: string | null
  readonly reason: string | null
}
