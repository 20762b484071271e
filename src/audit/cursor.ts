/**
 * Cursors of lists. A cursor contains the key of the last entry of a page. Unlike a page number, it
 * neither repeats nor skips an entry when other entries are added or deleted between two pages.
 * A cursor is opaque to clients and belongs to one list.
 */
import { AuthError } from '../errors.ts'

export interface Cursors {
  /** Returns the cursor for the entries after the entry with this key. */
  after(key: string | number): string
  /**
   * Returns the key in a cursor.
   * @throws AuthError INVALID_REQUEST if the text is not a cursor of this list
   */
  read(cursor: string): string
}

/**
 * @param list name of the list, which no other list has
 * @param key matches the keys of this list
 */
export function createCursors(list: string, key: RegExp): Cursors {
  const prefix = `${list}:`
  return {
    after: (last) => Buffer.from(`${prefix}${last}`).toString('base64url'),
    read(cursor) {
      const text = Buffer.from(cursor, 'base64url').toString('latin1')
      const read = text.slice(prefix.length)
      if (text.startsWith(prefix) && key.test(read)) return read
      throw new AuthError('INVALID_REQUEST', { message: 'querystring/cursor is not a cursor of this list' })
    },
  }
}

/** One page of a list. */
export interface Page<Entry> {
  readonly entries: Entry[]
  /** Null on the last page. */
  readonly nextCursor: string | null
}

/**
 * Returns the page of the entries that were found.
 * @param found at most `limit + 1` entries: the last one shows that there is another page
 */
export function pageOf<Entry extends { readonly id: string | number }>(
  found: readonly Entry[],
  limit: number,
  cursors: Cursors,
): Page<Entry> {
  const entries = found.slice(0, limit)
  const last = entries.at(-1)
  return { entries, nextCursor: last && found.length > limit ? cursors.after(last.id) : null }
}
