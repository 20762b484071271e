/**
 * Writes the rows of the outbox, and reads them again.
 *
 * Threat: a copy of the database has mail with links that work. A process that may write to the
 * database sends a link to another address.
 * Guarantee: what a mail is filled with is AES-256-GCM under a key that is derived from SECRET_KEY.
 * The id and the address are additional authenticated data: a row with another address does not
 * open.
 * Limits: kind, account, address and times are readable.
 * Source: NIST SP 800-38D, RFC 5116. keys/sealing.ts encrypts.
 */
import { v7 as uuidv7 } from 'uuid'
import type { Clock } from '../clock.ts'
import { createSealing } from '../keys/sealing.ts'
import type { Ring } from '../keys/secrets.ts'
import type { MailRow, NewMail } from '../store/outbox.ts'
import type { UserRow } from '../store/user-row.ts'
import type { MailFacts, MailKind, MailPayload } from './kinds.ts'

/** How long a mail is tried. */
export const RETRY_MS = 24 * 60 * 60_000

export interface MailAbout {
  /** The account. `email` is null for a decoy. */
  readonly user: Pick<UserRow, 'id' | 'locale'> & { readonly email: string | null }
  readonly facts: MailFacts
  /** When the link expires. */
  readonly expiresAt?: number | undefined
  /** How many mails of this kind an account gets in an hour. */
  readonly maxPerHour?: number | undefined
}

export interface Composer {
  compose(kind: MailKind, about: MailAbout): NewMail
  /** Returns null if no secret of the ring opens the mail, or it has no content. */
  open(mail: Pick<MailRow, 'id' | 'to' | 'sealed'>): MailPayload | null
}

export interface ComposerOptions {
  /** 32 bytes each: the first seals, all open. */
  readonly keys: Ring<Buffer>
  readonly clock: Clock
}

const HOUR_MS = 60 * 60_000

/** A space is in no id, so two different pairs have different names. */
const nameOf = (id: string, to: string | null): string => `${id} ${to ?? ''}`

export function createComposer({ keys, clock }: ComposerOptions): Composer {
  const sealing = createSealing(keys)
  return {
    compose(kind, { user, facts, expiresAt = null, maxPerHour }) {
      const now = clock.now()
      const id = uuidv7({ msecs: now })
      const payload: MailPayload = { locale: user.locale, facts }
      const sealed = sealing.seal(nameOf(id, user.email), Buffer.from(JSON.stringify(payload)))
      return {
        id,
        kind,
        userId: user.id,
        to: user.email,
        sealed,
        createdAt: now,
        retryUntil: now + RETRY_MS,
        expiresAt,
        ...(maxPerHour !== undefined && { limit: { max: maxPerHour, since: now - HOUR_MS } }),
      }
    },

    open({ id, to, sealed }) {
      const opened = sealed && sealing.open(nameOf(id, to), sealed)
      return opened && JSON.parse(opened.plain.toString())
    },
  }
}
