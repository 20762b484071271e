import { useEffect, useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Outcome } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { Section } from '../parts/section.tsx'
import type { AdministeredUser, Me, Role, Session } from '../shapes.ts'
import { texts, words } from '../texts/current.ts'
import { Access } from './access.tsx'
import { EventList } from './event-list.tsx'
import { InviteAgain } from './invite.tsx'
import { PersonDevices } from './person-devices.tsx'
import { Removal } from './removal.tsx'

const { admin } = texts

interface Shown {
  readonly user: AdministeredUser
  readonly roles: readonly Role[]
  readonly sessions: readonly Session[]
  /** Grows with each load. */
  readonly version: number
}

interface PersonProps {
  readonly id: string
  readonly me: Me
  /** Called with what to say after the account has been deleted. */
  readonly onRemoved: (said: string) => void
}

/** One account, and what an administrator may do with it. */
export function Person({ id, me, onRemoved }: PersonProps) {
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

  const name = shown?.user.name ?? shown?.user.email ?? admin.person
  return (
    <>
      <p>
        <a href="#/admin/users">{admin.back}</a>
      </p>
      <Heading title={name}>{name}</Heading>
      {shown === undefined && load.busy && <p class="soft loading">{texts.loading}</p>}
      <Outcome action={load} />
      {shown && (
        <>
          <Lead user={shown.user} />
          {shown.user.invited && <InviteAgain email={shown.user.email} />}
          <Access
            user={shown.user}
            roles={shown.roles}
            isOwn={shown.user.id === me.user.id}
            reload={load.run}
          />
          <PersonDevices user={shown.user} sessions={shown.sessions} reload={load.run} />
          <Section title={admin.events} about={admin.eventsAbout}>
            <EventList key={shown.version} filter={{ userId: id }} />
          </Section>
          <Removal user={shown.user} isOwn={shown.user.id === me.user.id} onRemoved={onRemoved} />
        </>
      )}
    </>
  )
}

function Lead({ user }: { readonly user: AdministeredUser }) {
  return (
    <p class="lead">
      {admin.lead(user.name ? user.email : null, words.date(user.createdAt))}
      {user.disabled && <span class="badge off">{admin.disabled}</span>}
      {user.invited && <span class="badge">{admin.invited}</span>}
      {user.passwordChangeRequired && <span class="badge">{admin.needsPassword}</span>}
    </p>
  )
}
