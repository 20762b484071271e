import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Field, Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { Password } from '../parts/password.tsx'
import type { SessionState } from '../session.ts'
import { Welcome } from './welcome.tsx'

export function SignIn({ session }: { readonly session: SessionState }) {
  const action = useAction(async ({ email, password, remember }: Values) => {
    await call('POST', '/auth/login', { email, password, remember: remember === 'on' })
    await session.changed()
  })
  return (
    <Welcome>
      <Heading title="Sign in">Sign in</Heading>
      {session.ended && <p class="note">You have been signed out. Sign in to go on where you were.</p>}
      <Form action={action} submit="Sign in">
        <Field
          label="E-mail address"
          name="email"
          type="email"
          autocomplete="username"
          required
          focused={!session.ended}
        />
        <Password label="Password" name="password" autocomplete="current-password" />
        <label class="check">
          <input type="checkbox" name="remember" /> Stay signed in on this device
        </label>
      </Form>
      <p class="soft">
        No account yet? <a href="#/create-account">Create one</a>
      </p>
    </Welcome>
  )
}
