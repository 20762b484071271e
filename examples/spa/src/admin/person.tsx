import { useEffect, useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Outcome } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { Section } from '../parts/section.tsx'
import type { AdministeredUser, Me, Role, Session } from '../shapes.ts'
import { date } from '../words.ts'
import { Access } from './access.tsx'
import { EventList } from './event-list.tsx'
import { PersonDevices } from './person-devices.tsx'

interface Shown {
  readonly user: AdministeredUser
  readonly roles: readonly Role[]
  readonly sessions: readonly Session[]
  /** Grows with each load. */
  readonly version: number
}

/** One account, and what an administrator may do with it. */
export function Person({ id, me }: { readonly id: string; readonly me: Me }) {
  const [shown, setShown] = useState<Shown>()

  const load = useAction(async () => {
    const [{ user }, { roles }, { sessions }] = await Promise.all([
      call<{ user: AdministeredUser }>('GET', `/admin/users/${id}`),
      call<{ roles: Role[] }>('GET', '/admin/roles'),
      call<{ sessions: Session[] }>('GET', `/admin/users/${id}/sessions`),
    ])
    setShown((before) => ({ user, roles, sessions, version: (before?.version ?? 0) + 1 }))
  })
  useEffect(() => void load.run(), [])

  const name = shown?.user.name ?? shown?.user.email ?? 'Person'
  return (
    <>
      <p>
        <a href="#/admin/users">← People</a>
      </p>
      <Heading title={name}>{name}</Heading>
      {shown === undefined && load.busy && <p class="soft loading">Loading…</p>}
      <Outcome action={load} />
      {shown && (
        <>
          <Lead user={shown.user} />
          <Access
            user={shown.user}
            roles={shown.roles}
            isOwn={shown.user.id === me.user.id}
            reload={load.run}
          />
          <PersonDevices user={shown.user} sessions={shown.sessions} reload={load.run} />
          <Section title="Events" about="What concerned this account, the latest first.">
            <EventList key={shown.version} filter={{ userId: id }} />
          </Section>
        </>
      )}
    </>
  )
}

function Lead({ user }: { readonly user: AdministeredUser }) {
  return (
    <p class="lead">
      {user.name ? `${user.email}, since` : 'Since'} {date(user.createdAt)}
      {user.disabled && <span class="badge off">disabled</span>}
      {user.passwordChangeRequired && <span class="badge">has to choose a new password</span>}
    </p>
  )
}
