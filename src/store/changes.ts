/**
 * The contract of the change feed.
 */

/** A session that ended or went stale, or an account whose sessions all ended or went stale. */
export interface SessionChange {
  readonly of: 'session' | 'user'
  /** The `sid` of the session, or the id of the account. */
  readonly id: string
}

/** The sessions that have ended or gone stale, in this process and in others. */
export interface ChangeFeed {
  /**
   * Returns what changed since the last call. Returns 'everything' if the feed has lost its place:
   * the caller then forgets all cached sessions. Synchronous, because every request calls it.
   * @throws AuthError STORE_UNAVAILABLE if the feed cannot be read
   */
  changedSessions(): readonly SessionChange[] | 'everything'
}
