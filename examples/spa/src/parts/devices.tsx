import type { ComponentChildren } from 'preact'
import type { Session } from '../shapes.ts'
import { texts, words } from '../texts/current.ts'

interface DevicesProps {
  readonly sessions: readonly Session[]
  /** What can be done with a session. */
  readonly action?: (session: Session) => ComponentChildren
}

/** Sessions as the devices they are. */
export function Devices({ sessions, action }: DevicesProps) {
  return (
    <ul class="rows">
      {sessions.map((session) => (
        <li key={session.id}>
          <div>
            <strong>{words.deviceName(session.userAgent)}</strong>
            {session.current && <span class="badge">{texts.thisDevice}</span>}
            <div class="soft" title={texts.signedInAt(words.dateAndTime(session.createdAt))}>
              {texts.lastSeen(words.ago(session.lastSeenAt), session.ip)}
            </div>
          </div>
          {action?.(session)}
        </li>
      ))}
    </ul>
  )
}
