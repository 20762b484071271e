import { useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { NewPassword } from '../parts/password.tsx'
import type { SessionState } from '../session.ts'
import { texts } from '../texts/current.ts'
import { Welcome } from './welcome.tsx'

const { forgot, account, invite } = texts

interface LinkProps {
  readonly token: string
  readonly session: SessionState
}

/** Where the link of a mail leads. Opening it changes nothing: a mail scanner may do that as well. */
export const ChooseNewPassword = (link: LinkProps) => (
  <Choose
    {...link}
    path="new-password"
    title={account.required}
    about={forgot.choose}
    submit={account.change}
    doneTitle={forgot.doneTitle}
    done={forgot.done}
  />
)

/** Where the link of an invitation leads. */
export const AcceptInvitation = (link: LinkProps) => (
  <Choose
    {...link}
    path="invitation"
    title={invite.choose}
    about={invite.chooseAbout}
    submit={invite.chooseSubmit}
    doneTitle={invite.doneTitle}
    done={invite.welcome}
  />
)

interface ChooseProps extends LinkProps {
  readonly path: string
  readonly title: string
  readonly about: string
  readonly submit: string
  readonly doneTitle: string
  readonly done: string
}

function Choose({ token, session, ...say }: ChooseProps) {
  const [isDone, setIsDone] = useState(false)
  const action = useAction(async ({ newPassword }: Values) => {
    await call('POST', '/auth/password/reset', { token, newPassword })
    // The token is used. It need not stay in the history of the browser.
    history.replaceState(null, '', `#/${say.path}`)
    setIsDone(true)
    await session.changed()
  })
  if (isDone) {
    return (
      <Welcome>
        <Heading title={say.doneTitle}>{say.doneTitle}</Heading>
        <p role="status">{say.done}</p>
        <p>
          <a href="#/sign-in">{forgot.signIn}</a>
        </p>
      </Welcome>
    )
  }
  return (
    <Welcome>
      <Heading title={say.title}>{say.title}</Heading>
      <p>{say.about}</p>
      <Form action={action} submit={say.submit}>
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
