import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Field, Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { NewPassword } from '../parts/password.tsx'
import { go } from '../router.ts'
import type { SessionState } from '../session.ts'
import { Welcome } from './welcome.tsx'

export function CreateAccount({ session }: { readonly session: SessionState }) {
  const action = useAction(async ({ email, password, name }: Values) => {
    await call('POST', '/auth/register', { email, password, ...(name?.trim() && { name: name.trim() }) })
    go('')
    await session.changed()
  })
  return (
    <Welcome>
      <Heading title="Create an account">Create an account</Heading>
      <Form action={action} submit="Create account">
        <Field label="E-mail address" name="email" type="email" autocomplete="username" required focused />
        <Field label="Name (if you like)" name="name" autocomplete="name" />
        <NewPassword label="Password" name="password" refusal={action.refusal} />
      </Form>
      <p class="soft">
        Have an account? <a href="#/sign-in">Sign in</a>
      </p>
    </Welcome>
  )
}
