/** One session and one browser, and what matters of their times. */
export interface IdleRow {
  generation: number
  rotatedAt: number
  handedAt: number | null
  idleExpiresAt: number
}

export interface IdleWorld {
  now: number
  /** Since when the clock is behind; undefined before, null after. */
  behindSince?: number | null | undefined
  /** What a restore brings back, and when it was copied; undefined before, null after. */
  backup?: { row: IdleRow; at: number } | null | undefined
  row: IdleRow
  refresh: number
  accessExpiresAt: number
  lost: number
  /** When the browser was last served, as far as it matters. */
  servedAt: number
}
