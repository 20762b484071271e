import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { AskButton } from '../parts/ask-button.tsx'
import { Outcome } from '../parts/form.tsx'
import { Section } from '../parts/section.tsx'
import type { AdministeredUser } from '../shapes.ts'
import { texts } from '../texts/current.ts'

const { removal } = texts

interface RemovalProps {
  readonly user: AdministeredUser
  /** Whether the account is the administrator's own. */
  readonly isOwn: boolean
  readonly onRemoved: (said: string) => void
}

/** Deletes the account of another person. */
export function Removal({ user, isOwn, onRemoved }: RemovalProps) {
  const remove = useAction(async () => {
    await call('DELETE', `/admin/users/${user.id}`)
    onRemoved(removal.done(user.email))
  })
  return (
    <Section title={removal.title} about={isOwn ? removal.own : removal.about}>
      {!isOwn && (
        <AskButton
          question={removal.ask(user.email)}
          confirm={removal.confirm}
          busy={remove.busy}
          onConfirm={() => remove.run()}
        >
          {removal.button}
        </AskButton>
      )}
      <Outcome action={remove} />
    </Section>
  )
}
