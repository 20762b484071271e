import { useState } from 'preact/hooks'
import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Outcome } from '../parts/form.tsx'
import { OpenMail } from '../parts/open-mail.tsx'
import { useMayResend } from '../parts/pause.ts'
import { settings } from '../settings.ts'
import type { Me } from '../shapes.ts'
import { texts } from '../texts/current.ts'

const { confirm } = texts

/** Asks a person whose address is not confirmed to open the mail. */
export function Unconfirmed({ me }: { readonly me: Me }) {
  const [sent, setSent] = useState(0)
  const mayResend = useMayResend(sent)
  const action = useAction(async () => {
    await call('POST', '/me/email/confirmation')
    setSent(sent + 1)
    return confirm.sent
  })
  if (!settings.confirms || me.user.emailConfirmed) return null
  return (
    <div class="note">
      <p>{confirm.banner(me.user.email)}</p>
      {mayResend && (
        <p>
          <button type="button" onClick={() => action.run()} aria-disabled={action.busy}>
            {confirm.again}
          </button>
        </p>
      )}
      <Outcome action={action} />
      <OpenMail isInNote />
    </div>
  )
}
