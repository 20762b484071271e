import { useState } from 'preact/hooks'
import { texts } from '../texts/current.ts'
import { Welcome } from '../views/welcome.tsx'
import { useAction } from './action.ts'
import { Outcome } from './form.tsx'
import { Heading } from './heading.tsx'
import { OpenMail } from './open-mail.tsx'
import { useMayResend } from './pause.ts'

const { forgot } = texts

interface MailSentProps {
  readonly about: string
  /** What is said after the mail was sent again. */
  readonly sentAgain: string
  readonly send: () => Promise<unknown>
}

/** Says that a mail is on its way. After a pause it may be sent again. */
export function MailSent({ about, sentAgain, send }: MailSentProps) {
  const [count, setCount] = useState(1)
  const mayResend = useMayResend(count)
  const again = useAction(async () => {
    await send()
    setCount(count + 1)
    return sentAgain
  })
  return (
    <Welcome>
      <Heading title={forgot.sentTitle}>{forgot.sentTitle}</Heading>
      <p>{about}</p>
      <p class="soft">{forgot.nothing}</p>
      <OpenMail />
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
