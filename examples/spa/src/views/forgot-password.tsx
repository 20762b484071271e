import { useEffect, useState } from 'preact/hooks'
import { call, SERVICE } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Field, Form, Outcome, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { settings } from '../settings.ts'
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
  if (sentTo !== undefined) return <MailSent email={sentTo} />
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

/** Long enough for a mail to arrive. */
const RESEND_AFTER_MS = 30_000

function MailSent({ email }: { readonly email: string }) {
  const [count, setCount] = useState(1)
  const [mayResend, setMayResend] = useState(false)
  useEffect(() => {
    setMayResend(false)
    const timer = setTimeout(() => setMayResend(true), RESEND_AFTER_MS)
    return () => clearTimeout(timer)
  }, [count])
  const again = useAction(async () => {
    await ask(email)
    setCount(count + 1)
    return forgot.sentAgain
  })
  return (
    <Welcome>
      <Heading title={forgot.sentTitle}>{forgot.sentTitle}</Heading>
      <p>{forgot.sent(email)}</p>
      <p class="soft">{forgot.nothing}</p>
      {settings.development && (
        <p class="note">
          <a href={`${SERVICE}/demo/mail`} target="_blank" rel="noreferrer">
            {forgot.open}
          </a>
        </p>
      )}
      <Outcome action={again} />
      {mayResend && (
        <button type="button" onClick={() => again.run()} aria-disabled={again.busy}>
          {forgot.again}
        </button>
      )}
      <p class="soft">
        <a href="#/sign-in">{forgot.back}</a>
      </p>
    </Welcome>
  )
}
