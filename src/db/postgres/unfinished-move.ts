/**
 * The table that a move keeps in its target while the copy is not complete: see db/move/. No
 * process of the service uses such a database.
 */
import { outage } from './errors.ts'

export const UNFINISHED_MOVE = 'unfinished_move'

/** A column of a query: whether the database holds an unfinished copy. */
export const HOLDS_UNFINISHED_MOVE = `to_regclass('${UNFINISHED_MOVE}') IS NOT NULL AS holds_unfinished_move`

/** @throws AuthError STORE_UNAVAILABLE if the row says so */
export function refuseUnfinishedMove({ holds_unfinished_move: isUnfinished }: Record<string, unknown>): void {
  if (isUnfinished) throw outage(new Error(UNFINISHED))
}

const UNFINISHED =
  'it holds a copy that is not complete. Run `tacit move` again until it succeeds, or use an empty database'
