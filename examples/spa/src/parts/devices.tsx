import type { ComponentChildren } from 'preact'
import type { Session } from '../shapes.ts'
import { ago, dateAndTime, deviceName } from '../words.ts'

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
            <strong>{deviceName(session.userAgent)}</strong>
            {session.current && <span class="badge">this device</span>}
            <div class="soft" title={`Signed in ${dateAndTime(session.createdAt)}`}>
              {ago(session.lastSeenAt)} from {session.ip}
            </div>
          </div>
          {action?.(session)}
        </li>
      ))}
    </ul>
  )
}
