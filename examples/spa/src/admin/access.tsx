import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { AskButton } from '../parts/ask-button.tsx'
import { Form, Outcome, type Values } from '../parts/form.tsx'
import { Section } from '../parts/section.tsx'
import type { AdministeredUser, Role } from '../shapes.ts'
import { RolePicker } from './role-picker.tsx'

interface AccessProps {
  readonly user: AdministeredUser
  readonly roles: readonly Role[]
  /** Whether the account is the administrator's own. */
  readonly isOwn: boolean
  readonly reload: () => Promise<unknown>
}

interface Changes {
  readonly role?: string
  readonly disabled?: boolean
  readonly passwordChangeRequired?: boolean
}

/** What an account may do, and whether it may sign in. */
export function Access({ user, roles, isOwn, reload }: AccessProps) {
  const path = `/admin/users/${user.id}`
  const change = useAction(async (changes: Changes) => {
    await call('PATCH', path, changes)
    await reload()
    return 'Done. It holds from the next request on.'
  })
  const role = useAction(async ({ role = '' }: Values) => {
    await change.run({ role })
  })
  const unlock = useAction(async () => {
    await call('POST', `${path}/unlock`)
    await reload()
    return 'Unlocked. Failed sign-ins are forgotten.'
  })
  return (
    <Section
      title="Access"
      about={
        isOwn
          ? 'This is you: what you take away from yourself is gone at once.'
          : 'What is changed here holds from their next request on.'
      }
    >
      <Form action={role} submit="Set role">
        <RolePicker key={user.role} role={user.role} roles={roles} />
      </Form>
      <div class="buttons">
        <Disabling user={user} busy={change.busy} change={change.run} />
        <PasswordDemand user={user} busy={change.busy} change={change.run} />
        <button type="button" onClick={() => unlock.run()} aria-disabled={unlock.busy}>
          Unlock sign-in
        </button>
      </div>
      <Outcome action={change} />
      <Outcome action={unlock} />
    </Section>
  )
}

interface ToggleProps {
  readonly user: AdministeredUser
  readonly busy: boolean
  readonly change: (changes: Changes) => Promise<boolean>
}

function Disabling({ user, busy, change }: ToggleProps) {
  if (user.disabled) {
    return (
      <button type="button" onClick={() => change({ disabled: false })} aria-disabled={busy}>
        Enable this account
      </button>
    )
  }
  return (
    <AskButton
      question={`Disable the account of ${user.email}? All its sessions end, and it cannot sign in.`}
      confirm="Yes, disable"
      busy={busy}
      onConfirm={() => change({ disabled: true })}
    >
      Disable this account
    </AskButton>
  )
}

function PasswordDemand({ user, busy, change }: ToggleProps) {
  if (user.passwordChangeRequired) {
    return (
      <button type="button" onClick={() => change({ passwordChangeRequired: false })} aria-disabled={busy}>
        No longer ask for a new password
      </button>
    )
  }
  return (
    <AskButton
      question={`Ask ${user.email} for a new password? Until it is chosen, the account can do nothing else.`}
      confirm="Yes, ask for one"
      busy={busy}
      onConfirm={() => change({ passwordChangeRequired: true })}
    >
      Ask for a new password
    </AskButton>
  )
}
