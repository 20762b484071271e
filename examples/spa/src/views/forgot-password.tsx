import { useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Field, Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { MailSent } from '../parts/mail-sent.tsx'
import { texts } from '../texts/current.ts'
import { Welcome } from './welcome.tsx'

const { forgot, signIn } = texts

const ask = (email: string): Promise<unknown> => call('POST', '/auth/password/forgot', { email })

/** Asks for a mail with a link to choose a new password. */
export function ForgotPassword() {
  const [sentTo, setSentTo] = useState<string>()
  const action = useAction(async ({ email = '' }: Values) => {
    await ask(email)
    setSentTo(email)
  })
  if (sentTo !== undefined)
    return <MailSent about={forgot.sent(sentTo)} sentAgain={forgot.sentAgain} send={() => ask(sentTo)} />
  return (
    <Welcome>
      <Heading title={forgot.title}>{forgot.title}</Heading>
      <p>{forgot.about}</p>
      <Form action={action} submit={forgot.submit}>
        <Field label={signIn.email} name="email" type="email" autocomplete="username" required focused />
      </Form>
      <p class="soft">
        <a href="#/sign-in">{forgot.back}</a>
      </p>
    </Welcome>
  )
}
