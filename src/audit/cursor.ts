/**
 * Where a list goes on: the key of the last entry that was shown. Unlike a page number it neither repeats nor leaves out
 * anything when entries come and go in between. To clients it is opaque, and only good for the list that gave it.
 */
import { AuthError } from '../errors.ts'

export interface Cursors {
  /** The cursor for what comes after the entry with this key. */
  after(key: string | number): string
  /** The key within a cursor. Throws INVALID_REQUEST for what is no cursor of this list. */
  read(cursor: string): string
}

/** @param key what a key of this list looks like */
export function createCursors(list: string, key: RegExp): Cursors {
  const prefix = `${list}:`
  return {
    after: (last) => Buffer.from(`${prefix}${last}`).toString('base64url'),
    read(cursor) {
      const text = Buffer.from(cursor, 'base64url').toString('latin1')
      const read = text.slice(prefix.length)
      if (text.startsWith(prefix) && key.test(read)) return read
      throw new AuthError('INVALID_REQUEST', { message: 'querystring/cursor is not one that this list gave' })
    },
  }
}

export interface Page<Entry> {
  readonly entries: Entry[]
  /** Null on the last page. */
  readonly nextCursor: string | null
}

/** A page of what was found, when one more was looked for than fits on it. */
export function pageOf<Entry extends { readonly id: string | number }>(
  found: readonly Entry[],
  limit: number,
  cursors: Cursors,
): Page<Entry> {
  const entries = found.slice(0, limit)
  const last = entries.at(-1)
  return { entries, nextCursor: last && found.length > limit ? cursors.after(last.id) : null }
}
