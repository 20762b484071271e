import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { AccountName, NewPassword, Password } from '../parts/password.tsx'
import type { SessionState } from '../session.ts'

export function ChangePassword({ session }: { readonly session: SessionState }) {
  const action = useAction(async ({ currentPassword, newPassword }: Values) => {
    await call('POST', '/me/password', { currentPassword, newPassword })
    await session.ask()
    return 'Changed. All other devices have been signed out.'
  })
  return (
    <Form action={action} submit="Change password" clears>
      <AccountName me={session.me} />
      <Password label="Current password" name="currentPassword" autocomplete="current-password" />
      <NewPassword label="New password" name="newPassword" refusal={action.refusal} />
    </Form>
  )
}

/** All there is while an administrator has asked for a new password. */
export function RequiredPassword({ session }: { readonly session: SessionState }) {
  return (
    <>
      <Heading title="Choose a new password">Choose a new password</Heading>
      <p class="lead">An administrator has asked for one. Everything else goes on once you have chosen it.</p>
      <ChangePassword session={session} />
    </>
  )
}
