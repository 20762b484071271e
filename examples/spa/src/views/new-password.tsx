import { useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { NewPassword } from '../parts/password.tsx'
import type { SessionState } from '../session.ts'
import { texts } from '../texts/current.ts'
import { Welcome } from './welcome.tsx'

const { forgot, account } = texts

/** Where the link of a mail leads. Opening it changes nothing: a mail scanner may do that as well. */
export function ChooseNewPassword({
  token,
  session,
}: {
  readonly token: string
  readonly session: SessionState
}) {
  const [isDone, setIsDone] = useState(false)
  const action = useAction(async ({ newPassword }: Values) => {
    await call('POST', '/auth/password/reset', { token, newPassword })
    // The token is used. It need not stay in the history of the browser.
    history.replaceState(null, '', '#/new-password')
    setIsDone(true)
    await session.changed()
  })
  if (isDone) {
    return (
      <Welcome>
        <Heading title={forgot.doneTitle}>{forgot.doneTitle}</Heading>
        <p role="status">{forgot.done}</p>
        <p>
          <a href="#/sign-in">{forgot.signIn}</a>
        </p>
      </Welcome>
    )
  }
  return (
    <Welcome>
      <Heading title={account.required}>{account.required}</Heading>
      <p>{forgot.choose}</p>
      <Form action={action} submit={account.change}>
        <NewPassword label={account.next} name="newPassword" refusal={action.refusal} />
      </Form>
      {action.refusal?.code === 'LINK_INVALID' && (
        <p>
          <a href="#/forgot-password">{forgot.another}</a>
        </p>
      )}
    </Welcome>
  )
}
