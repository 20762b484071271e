/** What the service answers. Times are ISO 8601. */

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string | null
  readonly role: string
  readonly createdAt: string
  readonly disabled: boolean
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

export interface Me {
  readonly user: User
  readonly session: Session
}

export interface AuthEvent {
  readonly at: string
  readonly type: string
  readonly userId: string | null
  readonly sessionId: string | null
  readonly ip: string | null
  readonly userAgent: string | null
  readonly reason: string | null
}
