import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Field, Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { AccountName, Password } from '../parts/password.tsx'
import { Section } from '../parts/section.tsx'
import type { SessionState } from '../session.ts'
import { settings } from '../settings.ts'
import type { Me } from '../shapes.ts'
import { texts, words } from '../texts/current.ts'
import { ChangeAddress } from './change-address.tsx'
import { ChangePassword } from './change-password.tsx'
import { MailSwitch } from './mail-switch.tsx'
import { OwnDevices } from './own-devices.tsx'
import { Unconfirmed } from './unconfirmed.tsx'

const { account } = texts

interface AccountProps {
  readonly me: Me
  readonly session: SessionState
}

export function Account({ me, session }: AccountProps) {
  return (
    <>
      <Heading title={account.title}>{account.title}</Heading>
      <p class="lead">
        {account.lead(me.user.email, words.date(me.user.createdAt), me.user.role === 'admin')}
      </p>
      <Unconfirmed me={me} />
      <Profile me={me} session={session} />
      {settings.mail && <ChangeAddress session={session} />}
      <Section title={account.passwordTitle} about={account.passwordAbout}>
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
    return texts.saved
  })
  return (
    <Section title={account.profile}>
      <Form action={action} submit={account.save}>
        <Field label={account.name} name="name" autocomplete="name" value={me.user.name ?? ''} />
      </Form>
      {settings.mail && <MailSwitch me={me} session={session} />}
    </Section>
  )
}

function DeleteAccount({ session }: { readonly session: SessionState }) {
  const action = useAction(async ({ currentPassword }: Values) => {
    await call('DELETE', '/me', { currentPassword })
    await session.signOut()
  })
  return (
    <Section title={account.deleteTitle} about={account.deleteAbout}>
      <details>
        <summary class="dangerous">{account.deleteSummary}</summary>
        <Form action={action} submit={account.deleteSubmit} danger>
          <AccountName me={session.me} />
          <Password label={account.yourPassword} name="currentPassword" autocomplete="current-password" />
        </Form>
      </details>
    </Section>
  )
}
