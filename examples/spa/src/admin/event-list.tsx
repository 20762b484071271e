import { Pages, usePages } from '../parts/pages.tsx'
import type { AuthEvent } from '../shapes.ts'
import { dateAndTime, deviceName } from '../words.ts'
import { useAddresses } from './addresses.ts'

export const EVENTS: Readonly<Record<string, string>> = {
  registered: 'Account created',
  'signed-in': 'Signed in',
  'sign-in-failed': 'Sign-in failed',
  'sign-in-paused': 'Sign-in paused after failures',
  'sign-in-closed': 'Sign-in closed to unknown browsers',
  'signed-out': 'Signed out',
  'refresh-reused': 'A copied token was used: session ended',
  'session-fell-back': 'Came back with older cookies',
  'session-forwarded': 'Cookies newer than the database',
  'refresh-late': 'A refresh came too late',
  'session-revoked': 'Session ended',
  'password-changed': 'Password changed',
  'password-change-required': 'New password asked for',
  'password-change-waived': 'New password no longer asked for',
  'role-changed': 'Role changed',
  disabled: 'Account disabled',
  enabled: 'Account enabled',
  unlocked: 'Sign-in opened again',
  'account-deleted': 'Account deleted',
  'key-rotated': 'Signing key changed',
  'client-created': 'Client registered',
  'client-deleted': 'Client deleted',
  'rate-limited': 'Too many requests',
  'access-refused': 'Access refused',
  'cross-origin-refused': 'A foreign page was refused',
  'token-refused': 'A token was refused',
  'client-refused': 'A client was refused',
}

/** One word of the service's is read as several; a sentence, and the name of a key, as it is. */
const inWords = (reason: string): string => (/^[a-z-]+$/.test(reason) ? reason.replaceAll('-', ' ') : reason)

export function EventList({
  filter,
}: {
  readonly filter: { readonly userId?: string; readonly type?: string }
}) {
  const pages = usePages<AuthEvent>('events', '/admin/events', filter)
  const addresses = useAddresses(pages.items)
  return (
    <Pages pages={pages} empty="Nothing of this kind has happened. What happens is kept here.">
      {({ id, at, type, userId, actorId, ip, userAgent, reason }) => (
        <li key={id}>
          <div>
            <strong>{EVENTS[type] ?? type}</strong>
            {reason && <span class="soft"> ({inWords(reason)})</span>}
            <div class="soft">
              <time dateTime={at}>{dateAndTime(at)}</time>
              {userAgent && `, ${deviceName(userAgent)}`}
              {ip && ` from ${ip}`}
            </div>
          </div>
          <div class="links">
            {userId && !filter.userId && <AccountLink id={userId} text={addresses[userId]} />}
            {actorId && (
              <span>
                by <AccountLink id={actorId} text={addresses[actorId]} />
              </span>
            )}
          </div>
        </li>
      )}
    </Pages>
  )
}

const AccountLink = ({
  id,
  text = 'an account',
}: {
  readonly id: string
  readonly text: string | undefined
}) => <a href={`#/admin/users/${id}`}>{text}</a>
