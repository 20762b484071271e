import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { AskButton } from '../parts/ask-button.tsx'
import { Devices } from '../parts/devices.tsx'
import { Outcome } from '../parts/form.tsx'
import { Section } from '../parts/section.tsx'
import type { Session, User } from '../shapes.ts'
import { deviceName } from '../words.ts'

interface PersonDevicesProps {
  readonly user: User
  readonly sessions: readonly Session[]
  readonly reload: () => Promise<unknown>
}

/** Where an account is signed in. An administrator can end one session, or all. */
export function PersonDevices({ user, sessions, reload }: PersonDevicesProps) {
  const end = useAction(async (which: Session | 'all') => {
    const path = `/admin/users/${user.id}/sessions`
    await call('DELETE', which === 'all' ? path : `${path}/${which.id}`)
    await reload()
    return which === 'all' ? 'Signed out everywhere.' : `${deviceName(which.userAgent)} has been signed out.`
  })
  return (
    <Section title="Devices">
      {sessions.length > 0 ? (
        <>
          <Devices
            sessions={sessions}
            action={(one) => (
              <AskButton
                question={`Sign ${user.email} out of ${deviceName(one.userAgent)} at ${one.ip}?`}
                confirm="Yes, sign out"
                busy={end.busy}
                onConfirm={() => end.run(one)}
              >
                Sign out<span class="unseen"> {deviceName(one.userAgent)}</span>
              </AskButton>
            )}
          />
          <AskButton
            question={`Sign ${user.email} out of every device?`}
            confirm="Yes, sign out everywhere"
            busy={end.busy}
            onConfirm={() => end.run('all')}
          >
            Sign out everywhere
          </AskButton>
        </>
      ) : (
        <p class="empty">Not signed in anywhere.</p>
      )}
      <Outcome action={end} />
    </Section>
  )
}
