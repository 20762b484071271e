import { useEffect, useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { AskButton } from '../parts/ask-button.tsx'
import { Devices } from '../parts/devices.tsx'
import { Outcome } from '../parts/form.tsx'
import { Section } from '../parts/section.tsx'
import type { SessionState } from '../session.ts'
import type { Notice, Session } from '../shapes.ts'
import { texts, words } from '../texts/current.ts'
import { Notices } from './notices.tsx'

const { devices } = texts

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
    return which === 'others' ? devices.othersDone : devices.done(words.deviceName(which.userAgent))
  })

  useEffect(() => void load.run(), [])

  const others = shown?.sessions.filter(({ current }) => !current).length ?? 0
  return (
    <Section title={devices.title} about={devices.about}>
      {shown === undefined && load.busy && <p class="soft loading">{texts.loading}</p>}
      {shown && <Notices notices={shown.notices} />}
      {shown && (
        <Devices
          sessions={shown.sessions}
          action={(one) => (
            <AskButton
              question={one.current ? devices.askHere : devices.ask(words.deviceName(one.userAgent), one.ip)}
              confirm={devices.confirm}
              busy={end.busy}
              onConfirm={() => end.run(one)}
            >
              {devices.signOut}
              <span class="unseen">{devices.which(words.deviceName(one.userAgent))}</span>
            </AskButton>
          )}
        />
      )}
      <Outcome action={load} />
      <Outcome action={end} />
      {others > 0 ? (
        <AskButton
          question={devices.askOthers}
          confirm={devices.confirmOthers}
          busy={end.busy}
          onConfirm={() => end.run('others')}
        >
          {devices.others}
        </AskButton>
      ) : (
        shown && <p class="empty">{devices.none}</p>
      )}
    </Section>
  )
}
