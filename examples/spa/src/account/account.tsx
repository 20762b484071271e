import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Field, Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { AccountName, Password } from '../parts/password.tsx'
import { Section } from '../parts/section.tsx'
import type { SessionState } from '../session.ts'
import type { Me } from '../shapes.ts'
import { date } from '../words.ts'
import { ChangePassword } from './change-password.tsx'
import { OwnDevices } from './own-devices.tsx'

interface AccountProps {
  readonly me: Me
  readonly session: SessionState
}

export function Account({ me, session }: AccountProps) {
  return (
    <>
      <Heading title="Account">Account</Heading>
      <p class="lead">
        {me.user.email}, {me.user.role === 'admin' ? 'administrator, ' : ''}since {date(me.user.createdAt)}
      </p>
      <Profile me={me} session={session} />
      <Section title="Password" about="A new password signs out every other device.">
        <ChangePassword session={session} />
      </Section>
      <OwnDevices session={session} />
      <DeleteAccount session={session} />
    </>
  )
}

function Profile({ me, session }: AccountProps) {
  const action = useAction(async ({ name = '' }: Values) => {
    await call('PATCH', '/me', { name: name.trim() || null })
    await session.changed()
    return 'Saved.'
  })
  return (
    <Section title="Profile">
      <Form action={action} submit="Save">
        <Field label="Name" name="name" autocomplete="name" value={me.user.name ?? ''} />
      </Form>
    </Section>
  )
}

function DeleteAccount({ session }: { readonly session: SessionState }) {
  const action = useAction(async ({ currentPassword }: Values) => {
    await call('DELETE', '/me', { currentPassword })
    await session.signOut()
  })
  return (
    <Section
      title="Delete account"
      about="The account and all its sessions go at once, and do not come back."
    >
      <details>
        <summary>Delete this account…</summary>
        <Form action={action} submit="Delete account for good" danger>
          <AccountName me={session.me} />
          <Password label="Your password" name="currentPassword" autocomplete="current-password" />
        </Form>
      </details>
    </Section>
  )
}
