import { call, SERVICE } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Outcome } from '../parts/form.tsx'
import { settings } from '../settings.ts'
import type { Me } from '../shapes.ts'
import { texts } from '../texts/current.ts'

const { confirm, forgot } = texts

/** Asks a person whose address is not confirmed to open the mail. */
export function Unconfirmed({ me }: { readonly me: Me }) {
  const action = useAction(async () => {
    await call('POST', '/me/email/confirmation')
    return confirm.sent
  })
  if (!settings.confirms || me.user.emailConfirmed) return null
  return (
    <div class="note">
      <p>{confirm.banner(me.user.email)}</p>
      <p>
        <button type="button" onClick={() => action.run()} aria-disabled={action.busy}>
          {confirm.again}
        </button>{' '}
        {settings.development && (
          <a href={`${SERVICE}/demo/mail`} target="_blank" rel="noreferrer">
            {forgot.open}
          </a>
        )}
      </p>
      <Outcome action={action} />
    </div>
  )
}
