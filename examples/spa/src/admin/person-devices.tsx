import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { AskButton } from '../parts/ask-button.tsx'
import { Devices } from '../parts/devices.tsx'
import { Outcome } from '../parts/form.tsx'
import { Section } from '../parts/section.tsx'
import type { Session, User } from '../shapes.ts'
import { texts, words } from '../texts/current.ts'

const { devices, personDevices } = texts

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
    return which === 'all' ? personDevices.everywhereDone : devices.done(words.deviceName(which.userAgent))
  })
  return (
    <Section title={devices.title}>
      {sessions.length > 0 ? (
        <>
          <Devices
            sessions={sessions}
            action={(one) => (
              <AskButton
                question={personDevices.ask(user.email, words.deviceName(one.userAgent), one.ip)}
                confirm={devices.confirm}
                busy={end.busy}
                onConfirm={() => end.run(one)}
              >
                {devices.signOut}
                <span class="unseen">{devices.which(words.deviceName(one.userAgent))}</span>
              </AskButton>
            )}
          />
          <AskButton
            question={personDevices.askEverywhere(user.email)}
            confirm={personDevices.confirmEverywhere}
            busy={end.busy}
            onConfirm={() => end.run('all')}
          >
            {personDevices.everywhere}
          </AskButton>
        </>
      ) : (
        <p class="empty">{personDevices.none}</p>
      )}
      <Outcome action={end} />
    </Section>
  )
}
