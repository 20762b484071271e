import { Pages, usePages } from '../parts/pages.tsx'
import type { AuthEvent } from '../shapes.ts'
import { texts, words } from '../texts/current.ts'
import { textOf } from '../texts/refusal-text.ts'
import { useAddresses } from './addresses.ts'

const { admin, events } = texts

/** A sentence of the service, and the name of a key, stay as they are. */
const reasonText = (reason: string): string => admin.reason(textOf(texts.reasons, reason) ?? reason)

export function EventList({
  filter,
}: {
  readonly filter: { readonly userId?: string; readonly type?: string }
}) {
  const pages = usePages<AuthEvent>('events', '/admin/events', filter)
  const addresses = useAddresses(pages.items)
  return (
    <Pages pages={pages} empty={admin.noEvents}>
      {({ id, at, type, userId, actorId, ip, userAgent, reason }) => (
        <li key={id}>
          <div>
            <strong>{textOf(events, type) ?? type}</strong>
            {reason && <span class="soft">{reasonText(reason)}</span>}
            <div class="soft">
              <time dateTime={at}>{words.dateAndTime(at)}</time>
              {admin.client(userAgent && words.deviceName(userAgent), ip)}
            </div>
          </div>
          <div class="links">
            {userId && !filter.userId && <AccountLink id={userId} text={addresses[userId]} />}
            {actorId && <span>{admin.by(<AccountLink id={actorId} text={addresses[actorId]} />)}</span>}
          </div>
        </li>
      )}
    </Pages>
  )
}

const AccountLink = ({
  id,
  text = admin.anAccount,
}: {
  readonly id: string
  readonly text: string | undefined
}) => <a href={`#/admin/users/${id}`}>{text}</a>
