/**
 * The contract of the change feed.
 */

/** A session that ended or went stale, or an account whose sessions all ended or went stale. */
export interface SessionChange {
  readonly of: 'session' | 'user'
  /** The `sid` of the session, or the id of the account. */
  readonly id: string
}

/** A part of the feed, which begins at a place and ends at another one. */
export interface FeedPage {
  /**
   * The changes behind the place, in the order of their commits. 'everything' if they are unknown.
   */
  readonly changes: readonly SessionChange[] | 'everything'
  /** The place behind these changes: at most 100 letters, digits and hyphens. */
  readonly place: string
  /** Whether more changes may follow at once. */
  readonly hasMore: boolean
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

/** The same changes for readers that go on where they, or another process, stopped. */
export interface ResumableFeed {
  /**
   * Returns what changed after a place, which this or another process of the same database has
   * returned. A caller that goes on from each place to the next misses no change, also if changes
   * commit in another order than they were numbered. It may be told of a change twice.
   *
   * The changes are 'everything' if the place is not in the history of this database: the place is
   * of another database, or of one that was restored from a backup, or the changes behind it have
   * been pruned.
   * @param place null for the newest place, without any changes
   */
  changesAfter(place: string | null): Promise<FeedPage>

  /**
   * Calls `onChange` after a commit that may have added changes: at once if it was made by this
   * store, and within 250 ms if another process made it. Also calls it when that cannot be found
   * out. Calls without a change are possible. Nothing is watched while there is no listener.
   * @returns a function that ends the calls
   */
  watchChanges(onChange: () => void): () => void
}
