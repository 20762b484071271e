import { useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Field, Form, type Values } from '../parts/form.tsx'
import { OpenMail } from '../parts/open-mail.tsx'
import { AccountName, Password } from '../parts/password.tsx'
import { useMayResend } from '../parts/pause.ts'
import { Section } from '../parts/section.tsx'
import type { SessionState } from '../session.ts'
import { texts } from '../texts/current.ts'

const { address, forgot } = texts

/** Changes the address that the account has, by a mail to the new one. */
export function ChangeAddress({ session }: { readonly session: SessionState }) {
  const [sentTo, setSentTo] = useState<string>()
  const [sent, setSent] = useState(0)
  const [isAsking, setIsAsking] = useState(true)
  const mayResend = useMayResend(sent)
  const action = useAction(async ({ email = '', currentPassword }: Values) => {
    await call('POST', '/me/email', { email, currentPassword })
    setSentTo(email)
    setSent(sent + 1)
    setIsAsking(false)
  })
  return (
    <Section title={address.title} about={address.about}>
      <div role="status">
        {!isAsking && sentTo !== undefined && (
          <>
            <p class="done">{address.sent(sentTo)}</p>
            <p class="soft">{forgot.nothing}</p>
          </>
        )}
      </div>
      {isAsking ? (
        <Form action={action} submit={address.submit}>
          <Field
            label={address.next}
            name="email"
            type="email"
            autocomplete="email"
            required
            value={sentTo ?? ''}
          />
          <AccountName me={session.me} />
          <Password label={address.password} name="currentPassword" autocomplete="current-password" />
        </Form>
      ) : (
        <>
          <OpenMail />
          {mayResend && (
            <button type="button" onClick={() => setIsAsking(true)}>
              {address.again}
            </button>
          )}
        </>
      )}
    </Section>
  )
}
