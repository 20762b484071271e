import { useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Field, Form, Outcome, type Values } from '../parts/form.tsx'
import { settings } from '../settings.ts'
import type { Role } from '../shapes.ts'
import { texts } from '../texts/current.ts'
import { RolePicker } from './role-picker.tsx'

const { invite, signIn } = texts
const DEFAULT_ROLE = 'user'

/** Invites a person by mail. It is closed until it is needed. */
export function Invite({ onInvited }: { readonly onInvited: () => void }) {
  const [roles, setRoles] = useState<readonly Role[]>([])
  const load = useAction(async () => setRoles((await call<{ roles: Role[] }>('GET', '/admin/roles')).roles))
  const action = useAction(async ({ email = '', name, role }: Values) => {
    await call('POST', '/admin/users', { email, role, ...(name?.trim() && { name: name.trim() }) })
    onInvited()
    return invite.done(email)
  })
  if (settings.mail !== true) return null
  return (
    <details onToggle={() => roles.length === 0 && load.run()}>
      <summary>{invite.title}</summary>
      <p>{invite.about}</p>
      <Form action={action} submit={invite.submit} clears>
        <Field label={signIn.email} name="email" type="email" autocomplete="off" required />
        <Field label={texts.createAccount.name} name="name" autocomplete="off" />
        {roles.length > 0 && <RolePicker role={DEFAULT_ROLE} roles={roles} />}
      </Form>
    </details>
  )
}

/** Mails another link to a person who has not used the first one. */
export function InviteAgain({ email }: { readonly email: string }) {
  const action = useAction(async () => {
    await call('POST', '/admin/users', { email })
    return invite.done(email)
  })
  return (
    <div class="note">
      <p>{invite.waits}</p>
      <p>
        <button type="button" onClick={() => action.run()} aria-disabled={action.busy}>
          {invite.again}
        </button>
      </p>
      <Outcome action={action} />
    </div>
  )
}
