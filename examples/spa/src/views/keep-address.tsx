import { useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import type { SessionState } from '../session.ts'
import { texts } from '../texts/current.ts'
import { Welcome } from './welcome.tsx'

const { keep } = texts

/** Where the link of a mail to the old address leads. Only the button puts it back. */
export function KeepAddress({ token, session }: { readonly token: string; readonly session: SessionState }) {
  const [isDone, setIsDone] = useState(false)
  const action = useAction(async (_: Values) => {
    await call('POST', '/auth/email/undo', { token })
    // The token is used. It need not stay in the history of the browser.
    history.replaceState(null, '', '#/keep-address')
    setIsDone(true)
    await session.changed()
  })
  if (isDone) {
    return (
      <Welcome>
        <Heading title={keep.doneTitle}>{keep.doneTitle}</Heading>
        <p role="status">{keep.done}</p>
        <p>
          <a href="#/forgot-password">{keep.next}</a>
        </p>
      </Welcome>
    )
  }
  return (
    <Welcome>
      <Heading title={keep.title}>{keep.title}</Heading>
      <p>{keep.about}</p>
      <Form action={action} submit={keep.submit}>
        {null}
      </Form>
      <p class="soft">{keep.leave}</p>
    </Welcome>
  )
}
