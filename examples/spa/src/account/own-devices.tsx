import { useEffect, useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { AskButton } from '../parts/ask-button.tsx'
import { Devices } from '../parts/devices.tsx'
import { Outcome } from '../parts/form.tsx'
import { Section } from '../parts/section.tsx'
import type { SessionState } from '../session.ts'
import type { Notice, Session } from '../shapes.ts'
import { deviceName } from '../words.ts'
import { Notices } from './notices.tsx'

interface Shown {
  readonly sessions: readonly Session[]
  readonly notices: readonly Notice[]
}

/** Where the account is signed in. */
export function OwnDevices({ session }: { readonly session: SessionState }) {
  const [shown, setShown] = useState<Shown>()

  const load = useAction(async () => {
    setShown(await call<Shown>('GET', '/me/sessions'))
  })
  const end = useAction(async (which: Session | 'others') => {
    if (which === 'others') await call('DELETE', '/me/sessions')
    else if (which.current) return session.signOut()
    else await call('DELETE', `/me/sessions/${which.id}`)
    await load.run()
    return which === 'others'
      ? 'All other devices have been signed out.'
      : `${deviceName(which.userAgent)} has been signed out.`
  })

  useEffect(() => void load.run(), [])

  const others = shown?.sessions.filter(({ current }) => !current).length ?? 0
  return (
    <Section title="Devices" about="Where this account is signed in. What is signed out here is out at once.">
      {shown === undefined && load.busy && <p class="soft loading">Loading…</p>}
      {shown && <Notices notices={shown.notices} />}
      {shown && (
        <Devices
          sessions={shown.sessions}
          action={(one) => (
            <AskButton
              question={
                one.current
                  ? 'Sign out here? You then have to sign in again.'
                  : `Sign out ${deviceName(one.userAgent)} at ${one.ip}?`
              }
              confirm="Yes, sign out"
              busy={end.busy}
              onConfirm={() => end.run(one)}
            >
              Sign out<span class="unseen"> {deviceName(one.userAgent)}</span>
            </AskButton>
          )}
        />
      )}
      <Outcome action={load} />
      <Outcome action={end} />
      {others > 0 ? (
        <AskButton
          question="Sign out every device but this one? Each has to sign in again."
          confirm="Yes, sign them out"
          busy={end.busy}
          onConfirm={() => end.run('others')}
        >
          Sign out all other devices
        </AskButton>
      ) : (
        shown && <p class="empty">No other device is signed in. Those that sign in will be listed here.</p>
      )}
    </Section>
  )
}
