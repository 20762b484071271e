import { Account } from './account/account.tsx'
import { RequiredPassword } from './account/change-password.tsx'
import { Events } from './admin/events.tsx'
import { Person } from './admin/person.tsx'
import { Users } from './admin/users.tsx'
import { SERVICE } from './api.ts'
import { Live } from './live/live.tsx'
import { useAction } from './parts/action.ts'
import { Outcome } from './parts/form.tsx'
import { Heading } from './parts/heading.tsx'
import { useRoute, viewOf } from './router.ts'
import { type SessionState, useSession } from './session.ts'
import { HOME, settings } from './settings.ts'
import type { Me } from './shapes.ts'
import { CreateAccount } from './views/create-account.tsx'
import { NotFound } from './views/not-found.tsx'
import { SignIn } from './views/sign-in.tsx'

export function App() {
  const session = useSession()
  const route = useRoute()
  const { me } = session
  return (
    <>
      <Header session={session} route={route} />
      <main id="main">
        {session.problem && (
          <p class="refusal" role="alert">
            {session.problem}{' '}
            <button type="button" onClick={session.ask}>
              Try again
            </button>
          </p>
        )}
        {me === undefined && !session.problem && <p class="soft loading">One moment…</p>}
        {me === null &&
          (route === 'create-account' ? <CreateAccount session={session} /> : <SignIn session={session} />)}
        {me && <View me={me} session={session} route={route} />}
      </main>
      {(settings.development || me?.user.role === 'admin') && (
        <footer>
          <a href={`${SERVICE}/docs/`}>API reference</a>
        </footer>
      )}
    </>
  )
}

function View({ me, session, route }: { me: Me; session: SessionState; route: string }) {
  const [, part, id] = route.split('/')
  const name = viewOf(route)
  if (me.passwordChangeRequired) return <RequiredPassword session={session} />
  if (name === 'account') return <Account me={me} session={session} />
  if (name === 'admin' && me.user.role === 'admin') {
    if (part === 'events') return <Events />
    if (part === 'users' && id) return <Person key={id} id={id} me={me} />
    return part === undefined || part === '' || part === 'users' ? <Users /> : <NotFound />
  }
  if (name === 'admin') {
    return (
      <>
        <Heading title="Administration">Administration</Heading>
        <p>This is for administrators. Ask one of them to give you the role.</p>
      </>
    )
  }
  return name === 'live' && HOME === 'live' ? <Live /> : <NotFound />
}

function Header({ session, route }: { session: SessionState; route: string }) {
  const { me } = session
  const signOut = useAction(session.signOut)
  const link = (to: string, text: string) => (
    <a href={`#/${to}`} aria-current={viewOf(route) === to ? 'page' : undefined}>
      {text}
    </a>
  )
  return (
    <header>
      <a class="brand" href="#/">
        <span class="brand-mark" aria-hidden="true" />
        Tacit
      </a>
      {me && (
        <>
          <nav aria-label="Main">
            {HOME === 'live' && link('live', 'Live')}
            {link('account', 'Account')}
            {me.user.role === 'admin' && link('admin', 'Administration')}
          </nav>
          <div class="who">
            <span class="soft">{me.user.name ?? me.user.email}</span>
            <button type="button" class="quiet" onClick={() => signOut.run()} aria-disabled={signOut.busy}>
              Sign out
            </button>
          </div>
          <div class="outcome">
            <Outcome action={signOut} />
          </div>
        </>
      )}
    </header>
  )
}
