/** The mail of a change of address, and its links. */
import type { Client } from '../audit/events.ts'
import type { Composer } from '../mail/composer.ts'
import type { MailFacts, MailKind } from '../mail/kinds.ts'
import type { AddressRequest, UndoToken } from '../store/address-changes.ts'
import type { NewMail } from '../store/outbox.ts'
import type { UserRow } from '../store/user-row.ts'
import { decoyOf, newToken } from './one-time-token.ts'

const MINUTE_MS = 60_000
const DAY_MS = 24 * 60 * MINUTE_MS
/** How long a change waits for its confirmation. */
export const LINK_MS = DAY_MS
/** How long after a change the old address can be put back. */
export const UNDO_MS = 3 * DAY_MS
const MAX_MAILS_PER_HOUR = 3

export interface UndoLink {
  readonly token: string
  readonly stored: UndoToken
}

/** @param beforeMs how much later the change may be */
export function newUndoLink(createdAt: number, beforeMs = 0): UndoLink {
  const { token, hash } = newToken()
  return { token, stored: { hash, createdAt, expiresAt: createdAt + beforeMs + UNDO_MS } }
}

interface NewAddress extends Pick<UserRow, 'email' | 'emailKey' | 'locale'> {}

export interface AddressMail {
  /** @param composer the service sends mail */
  toNewAddress(composer: Composer, address: NewAddress, token: string, at: number): AddressRequest['mail']
  requested(owner: UserRow, undo: UndoLink, client: Client): readonly NewMail[]
  changed(before: UserRow, undo: UndoLink, client: Client): readonly NewMail[]
  restored(after: UserRow, at: number, client: Client): readonly NewMail[]
  removed(before: UserRow, at: number): readonly NewMail[]
}

/** @param composer null if the service sends no mail any more: links may still be used */
export function createAddressMail(composer: Composer | null): AddressMail {
  const written = (kind: MailKind, about: Parameters<Composer['compose']>[1]): readonly NewMail[] =>
    composer === null ? [] : [composer.compose(kind, about)]

  const withUndo = (
    kind: MailKind,
    user: UserRow,
    { token, stored }: UndoLink,
    facts: Partial<MailFacts>,
    maxPerHour?: number,
  ) => {
    const { createdAt: at, expiresAt } = stored
    return written(kind, {
      user,
      facts: { at, token, minutes: UNDO_MS / MINUTE_MS, ...facts },
      expiresAt,
      maxPerHour,
    })
  }

  return {
    toNewAddress({ compose }, { email, emailKey, locale }, token, at) {
      // Its mail is counted for the address, whichever account asks.
      const user = { ...decoyOf(emailKey), email, locale }
      const expiresAt = at + LINK_MS
      const about = { user, expiresAt, maxPerHour: MAX_MAILS_PER_HOUR }
      const facts = { at, token, minutes: LINK_MS / MINUTE_MS }
      return {
        ifFree: compose('email-change', { ...about, facts }),
        ifTaken: compose('email-taken', { ...about, facts: { at } }),
      }
    },
    requested: (owner, undo, client) =>
      withUndo('email-change-requested', owner, undo, client, MAX_MAILS_PER_HOUR),
    changed: (before, undo, client) => withUndo('email-changed', before, undo, client),
    restored: (after, at, client) => written('email-restored', { user: after, facts: { at, ...client } }),
    removed: (before, at) => written('email-removed', { user: before, facts: { at } }),
  }
}
