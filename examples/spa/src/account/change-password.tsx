import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { AccountName, NewPassword, Password } from '../parts/password.tsx'
import type { SessionState } from '../session.ts'
import { texts } from '../texts/current.ts'

const { account } = texts

export function ChangePassword({ session }: { readonly session: SessionState }) {
  const action = useAction(async ({ currentPassword, newPassword }: Values) => {
    await call('POST', '/me/password', { currentPassword, newPassword })
    await session.ask()
    return account.changed
  })
  return (
    <Form action={action} submit={account.change} clears>
      <AccountName me={session.me} />
      <Password label={account.current} name="currentPassword" autocomplete="current-password" />
      <NewPassword label={account.next} name="newPassword" refusal={action.refusal} />
    </Form>
  )
}

/** All there is while an administrator has asked for a new password. */
export function RequiredPassword({ session }: { readonly session: SessionState }) {
  return (
    <>
      <Heading title={account.required}>{account.required}</Heading>
      <p class="lead">{account.requiredAbout}</p>
      <ChangePassword session={session} />
    </>
  )
}
