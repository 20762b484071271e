import { useEffect, useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Devices } from '../parts/devices.tsx'
import { Form, Outcome, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { Section } from '../parts/section.tsx'
import type { AdministeredUser, Me, Role, Session } from '../shapes.ts'
import { date } from '../words.ts'
import { EventList } from './event-list.tsx'
import { RolePicker } from './role-picker.tsx'

/** One account, and what an administrator may do with it. */
export function Person({ id, me }: { readonly id: string; readonly me: Me }) {
  const [user, setUser] = useState<AdministeredUser>()
  const [roles, setRoles] = useState<readonly Role[]>([])
  const [sessions, setSessions] = useState<readonly Session[]>()

  const load = useAction(async () => {
    const [found, defined, open] = await Promise.all([
      call<{ user: AdministeredUser }>('GET', `/admin/users/${id}`),
      call<{ roles: Role[] }>('GET', '/admin/roles'),
      call<{ sessions: Session[] }>('GET', `/admin/users/${id}/sessions`),
    ])
    setUser(found.user)
    setRoles(defined.roles)
    setSessions(open.sessions)
  })
  const change = useAction(
    async (changes: { role?: string; disabled?: boolean; passwordChangeRequired?: boolean }) => {
      await call('PATCH', `/admin/users/${id}`, changes)
      await load.run()
      return 'Done. It holds from the next request on.'
    },
  )
  const role = useAction(async ({ role = '' }: Values) => {
    await change.run({ role })
  })
  const signOut = useAction(async () => {
    await call('DELETE', `/admin/users/${id}/sessions`)
    await load.run()
    return 'Signed out everywhere.'
  })

  useEffect(() => void load.run(), [])

  return (
    <>
      <p>
        <a href="#/admin/users">← People</a>
      </p>
      <Heading title={user?.name ?? user?.email ?? 'Person'}>{user?.name ?? user?.email ?? 'Person'}</Heading>
      {user === undefined && load.busy && <p class="soft loading">Loading…</p>}
      <Outcome action={load} />
      {user && (
        <>
          <p class="lead">
            {user.name ? `${user.email}, since` : 'Since'} {date(user.createdAt)}
            {user.disabled && <span class="badge off">disabled</span>}
            {user.passwordChangeRequired && <span class="badge">has to choose a new password</span>}
          </p>
          <Section
            title="Access"
            about={
              user.id === me.user.id
                ? 'This is you: what you take away from yourself is gone at once.'
                : 'What is changed here holds from their next request on.'
            }
          >
            <Form action={role} submit="Set role">
              <RolePicker key={user.role} role={user.role} roles={roles} />
            </Form>
            <div class="buttons">
              <button
                type="button"
                onClick={() => change.run({ disabled: !user.disabled })}
                aria-disabled={change.busy}
              >
                {user.disabled ? 'Enable this account' : 'Disable this account'}
              </button>
              <button
                type="button"
                onClick={() => change.run({ passwordChangeRequired: !user.passwordChangeRequired })}
                aria-disabled={change.busy}
              >
                {user.passwordChangeRequired ? 'No longer ask for a new password' : 'Ask for a new password'}
              </button>
            </div>
            <Outcome action={change} />
          </Section>
          <Section title="Devices">
            {sessions?.length ? (
              <>
                <Devices sessions={sessions} />
                <button type="button" onClick={() => signOut.run()} aria-disabled={signOut.busy}>
                  Sign out everywhere
                </button>
              </>
            ) : (
              <p class="empty">Not signed in anywhere.</p>
            )}
            <Outcome action={signOut} />
          </Section>
          <Section title="Events" about="What concerned this account, the latest first.">
            <EventList filter={{ userId: id }} />
          </Section>
        </>
      )}
    </>
  )
}
