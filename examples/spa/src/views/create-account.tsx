import { call } from '../api.ts'
import { useAction } from '../parts/action.ts'
import { Field, Form, type Values } from '../parts/form.tsx'
import { Heading } from '../parts/heading.tsx'
import { NewPassword } from '../parts/password.tsx'
import { go } from '../router.ts'
import type { SessionState } from '../session.ts'
import { texts } from '../texts/current.ts'
import { Welcome } from './welcome.tsx'

const { signIn, createAccount } = texts

export function CreateAccount({ session }: { readonly session: SessionState }) {
  const action = useAction(async ({ email, password, name }: Values) => {
    await call('POST', '/auth/register', { email, password, ...(name?.trim() && { name: name.trim() }) })
    go('')
    await session.changed()
  })
  return (
    <Welcome>
      <Heading title={createAccount.title}>{createAccount.title}</Heading>
      <Form action={action} submit={createAccount.submit}>
        <Field label={signIn.email} name="email" type="email" autocomplete="username" required focused />
        <Field label={createAccount.name} name="name" autocomplete="name" />
        <NewPassword label={signIn.password} name="password" refusal={action.refusal} />
      </Form>
      <p class="soft">
        {createAccount.have((text) => (
          <a href="#/sign-in">{text}</a>
        ))}
      </p>
    </Welcome>
  )
}
