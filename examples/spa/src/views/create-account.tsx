import { useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Field, Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { MailSent } from '../parts/mail-sent.tsx'
import { NewPassword } from '../parts/password.tsx'
import { go } from '../router.ts'
import type { SessionState } from '../session.ts'
import { texts } from '../texts/current.ts'
import { Welcome } from './welcome.tsx'

const { signIn, createAccount } = texts

interface Registration {
  readonly email: string
  readonly password: string | undefined
  readonly name?: string
}

/** Returns whether the person is signed in. Otherwise the account begins with the link of a mail. */
const register = async (registration: Registration): Promise<boolean> =>
  'user' in (await call<object>('POST', '/auth/register', registration))

export function CreateAccount({ session }: { readonly session: SessionState }) {
  // Held while the page is open: the mail is sent again by the same registration.
  const [sent, setSent] = useState<Registration>()
  const action = useAction(async ({ email = '', password, name }: Values) => {
    const registration = { email, password, ...(name?.trim() && { name: name.trim() }) }
    if (!(await register(registration))) {
      setSent(registration)
      return
    }
    go('')
    await session.changed()
  })
  if (sent !== undefined) {
    const { sentAgain } = createAccount
    return (
      <MailSent about={createAccount.sent(sent.email)} sentAgain={sentAgain} send={() => register(sent)} />
    )
  }
  return (
    <Welcome>
      <Heading title={createAccount.title}>{createAccount.title}</Heading>
      <Form action={action} submit={createAccount.submit}>
        <Field label={signIn.email} name="email" type="email" autocomplete="username" required focused />
        <Field label={createAccount.name} name="name" autocomplete="name" />
        <NewPassword label={signIn.password} name="password" refusal={action.refusal} />
      </Form>
      <p class="soft">
        {createAccount.have((text) => (
          <a href="#/sign-in">{text}</a>
        ))}
      </p>
    </Welcome>
  )
}
