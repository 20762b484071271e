/**
 * Mail that tells the owner what happened to the account.
 *
 * Threat: an attacker changes an account, and its owner does not notice.
 * Guarantee: the mail is written in the transaction of the change, so each change has one mail. It
 * says when, where and what to do. It has no text that an attacker chose: no name, and a browser
 * only by a name from a fixed list.
 * Limits: the address may be wrong, or the attacker may read its mail. Mail about sign-ins is
 * limited to three an hour, and the owner can turn it off.
 * Source: OWASP ASVS 5.0 V6.3.5 and V6.3.7, NIST SP 800-63B-4 section 4.6.
 */
import type { Client } from '../audit/events.ts'
import type { Clock } from '../clock.ts'
import type { MailFor } from '../store/user-row.ts'
import type { Composer } from './composer.ts'
import type { ChangedBy, MailFacts, MailKind } from './kinds.ts'

/** The mail of each change. Undefined if the service sends no mail. */
export interface MailNotices {
  passwordChanged(by: ChangedBy, client?: Client): MailFor | undefined
  sessionReused(client: Client): MailFor | undefined
  accountDisabled(): MailFor | undefined
  accountDeleted(by: ChangedBy, client?: Client): MailFor | undefined
  /** Writes no mail if the owner has turned it off. */
  newSignIn(client: Client): MailFor | undefined
}

const MAX_SIGN_INS_PER_HOUR = 3

/** @param composer null if the service sends no mail */
export function createMailNotices(composer: Composer | null, clock: Clock): MailNotices {
  const about = (kind: MailKind, facts: Omit<MailFacts, 'at'>, maxPerHour?: number): MailFor | undefined => {
    if (composer === null) return undefined
    const at = clock.now()
    return (user) => [composer.compose(kind, { user, facts: { at, ...facts }, maxPerHour })]
  }

  return {
    passwordChanged: (by, client) => about('password-changed', { by, ...client }),
    sessionReused: (client) => about('session-reused', { ...client }),
    accountDisabled: () => about('account-disabled', {}),
    accountDeleted: (by, client) => about('account-deleted', { by, ...client }),
    newSignIn(client) {
      const mailFor = about('new-sign-in', { ...client }, MAX_SIGN_INS_PER_HOUR)
      return mailFor && ((user) => (user.signInNotices ? mailFor(user) : []))
    },
  }
}
