import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Outcome } from '../parts/form.tsx'
import type { SessionState } from '../session.ts'
import type { Me } from '../shapes.ts'
import { texts } from '../texts/current.ts'

/** Turns mail about sign-ins from unknown browsers on and off. */
export function MailSwitch({ me, session }: { readonly me: Me; readonly session: SessionState }) {
  const action = useAction(async (signInNotices: boolean) => {
    await call('PATCH', '/me', { signInNotices })
    await session.ask()
    return texts.saved
  })
  return (
    <>
      <label class="check">
        <input
          type="checkbox"
          checked={me.signInNotices}
          onChange={(event) => action.run((event.currentTarget as HTMLInputElement).checked)}
        />{' '}
        {texts.account.signInNotices}
      </label>
      <Outcome action={action} />
    </>
  )
}
