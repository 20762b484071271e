import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import type { SessionState } from '../session.ts'
import { texts } from '../texts/current.ts'
import { Welcome } from './welcome.tsx'

const { confirm } = texts

/** Where the link of a mail leads. Only the button confirms: a mail scanner may open the link as well. */
export function ConfirmAddress({
  token,
  session,
}: {
  readonly token: string
  readonly session: SessionState
}) {
  const action = useAction(async (_: Values) => {
    await call('POST', '/auth/email/confirm', { token })
    history.replaceState(null, '', '#/confirm-address')
    await session.changed()
    return confirm.done
  })
  return (
    <Welcome>
      <Heading title={confirm.title}>{confirm.title}</Heading>
      <p>{confirm.about}</p>
      {action.done === undefined ? (
        <Form action={action} submit={confirm.submit}>
          {null}
        </Form>
      ) : (
        <p class="done" role="status">
          {action.done}
        </p>
      )}
      <p>
        <a href="#/">{confirm.next}</a>
      </p>
    </Welcome>
  )
}
