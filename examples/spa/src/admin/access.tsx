import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { AskButton } from '../parts/ask-button.tsx'
import { Form, Outcome, type Values } from '../parts/form.tsx'
import { Section } from '../parts/section.tsx'
import type { AdministeredUser, Role } from '../shapes.ts'
import { texts } from '../texts/current.ts'
import { RolePicker } from './role-picker.tsx'

const { access } = texts

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
    return access.done
  })
  const role = useAction(async ({ role = '' }: Values) => {
    await change.run({ role })
  })
  const unlock = useAction(async () => {
    await call('POST', `${path}/unlock`)
    await reload()
    return access.unlocked
  })
  return (
    <Section title={access.title} about={isOwn ? access.aboutOwn : access.about}>
      <Form action={role} submit={access.setRole}>
        <RolePicker key={user.role} role={user.role} roles={roles} />
      </Form>
      <div class="buttons">
        <Disabling user={user} busy={change.busy} change={change.run} />
        <PasswordDemand user={user} busy={change.busy} change={change.run} />
        <button type="button" onClick={() => unlock.run()} aria-disabled={unlock.busy}>
          {access.unlock}
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
        {access.enable}
      </button>
    )
  }
  return (
    <AskButton
      question={access.askDisable(user.email)}
      confirm={access.confirmDisable}
      busy={busy}
      onConfirm={() => change({ disabled: true })}
    >
      {access.disable}
    </AskButton>
  )
}

function PasswordDemand({ user, busy, change }: ToggleProps) {
  if (user.passwordChangeRequired) {
    return (
      <button type="button" onClick={() => change({ passwordChangeRequired: false })} aria-disabled={busy}>
        {access.waive}
      </button>
    )
  }
  return (
    <AskButton
      question={access.askDemand(user.email)}
      confirm={access.confirmDemand}
      busy={busy}
      onConfirm={() => change({ passwordChangeRequired: true })}
    >
      {access.demand}
    </AskButton>
  )
}
