import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Field, Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { Password } from '../parts/password.tsx'
import type { SessionState } from '../session.ts'
import { settings } from '../settings.ts'
import { texts } from '../texts/current.ts'
import { Welcome } from './welcome.tsx'

const { signIn, forgot } = texts

export function SignIn({ session }: { readonly session: SessionState }) {
  const action = useAction(async ({ email, password, remember }: Values) => {
    await call('POST', '/auth/login', { email, password, remember: remember === 'on' })
    await session.changed()
  })
  return (
    <Welcome>
      <Heading title={signIn.title}>{signIn.title}</Heading>
      {session.ended && <p class="note">{signIn.ended}</p>}
      <Form action={action} submit={signIn.submit}>
        <Field
          label={signIn.email}
          name="email"
          type="email"
          autocomplete="username"
          required
          focused={!session.ended}
        />
        <Password label={signIn.password} name="password" autocomplete="current-password" />
        <label class="check">
          <input type="checkbox" name="remember" /> {signIn.remember}
        </label>
      </Form>
      {settings.mail && (
        <p class="soft">
          <a href="#/forgot-password">{forgot.question}</a>
        </p>
      )}
      <p class="soft">
        {signIn.without((text) => (
          <a href="#/create-account">{text}</a>
        ))}
      </p>
    </Welcome>
  )
}
