/**
 * The contract of the change feed.
 */

/** One session that ended or went stale, or one account whose sessions all went stale. */
export interface SessionChange {
  readonly of: 'session' | 'user'
  readonly id: string
}

/** What has ended or gone stale since the feed was last read. */
export interface ChangeFeed {
  /**
   * What changed since the last call, or 'everything' when that cannot be told. Synchronous, because it is asked at every
   * request.
   */
  changedSessions(): readonly SessionChange[] | 'everything'
}
