import { useEffect, useState } from 'preact/hooks'
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
import { textOfRefusal } from './parts/refusal.ts'
import { go, isOpen, useRoute, viewOf } from './router.ts'
import { type SessionState, useSession } from './session.ts'
import { APP_NAME, HOME, settings } from './settings.ts'
import type { Me } from './shapes.ts'
import { others, switchTo, texts } from './texts/current.ts'
import { ConfirmAddress } from './views/confirm-address.tsx'
import { CreateAccount } from './views/create-account.tsx'
import { ForgotPassword } from './views/forgot-password.tsx'
import { KeepAddress } from './views/keep-address.tsx'
import { AcceptInvitation, ChooseNewPassword } from './views/new-password.tsx'
import { NotFound } from './views/not-found.tsx'
import { SignIn } from './views/sign-in.tsx'

const { frame } = texts

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
            {textOfRefusal(session.problem)}{' '}
            <button type="button" onClick={session.ask}>
              {texts.tryAgain}
            </button>
          </p>
        )}
        {isOpen(route) ? (
          <Open session={session} route={route} />
        ) : (
          <Closed session={session} route={route} />
        )}
      </main>
      <Footer hasReference={settings.development || me?.user.role === 'admin'} />
    </>
  )
}

/** The views that depend on who is signed in. */
function Closed({ session, route }: { session: SessionState; route: string }) {
  const { me } = session
  if (me === undefined) return session.problem ? null : <p class="soft loading">{texts.moment}</p>
  if (me !== null) return <View me={me} session={session} route={route} />
  return route === 'create-account' ? <CreateAccount session={session} /> : <SignIn session={session} />
}

/** The views of links in mail. */
function Open({ session, route }: { session: SessionState; route: string }) {
  const [name, token = ''] = route.split('/')
  if (name === 'new-password') return <ChooseNewPassword key={token} token={token} session={session} />
  if (name === 'invitation') return <AcceptInvitation key={token} token={token} session={session} />
  if (name === 'confirm-address') return <ConfirmAddress key={token} token={token} session={session} />
  if (name === 'keep-address') return <KeepAddress key={token} token={token} session={session} />
  return <ForgotPassword />
}

function View({ me, session, route }: { me: Me; session: SessionState; route: string }) {
  const [, part, id] = route.split('/')
  const name = viewOf(route)
  if (me.passwordChangeRequired) return <RequiredPassword session={session} />
  if (name === 'account') return <Account me={me} session={session} />
  if (name === 'admin' && me.user.role === 'admin') {
    return <Administration me={me} part={part} id={id} />
  }
  if (name === 'admin') {
    return (
      <>
        <Heading title={texts.admin.title}>{texts.admin.title}</Heading>
        <p>{texts.admin.closed}</p>
      </>
    )
  }
  return name === 'live' && HOME === 'live' ? <Live /> : <NotFound />
}

interface AdministrationProps {
  readonly me: Me
  readonly part: string | undefined
  readonly id: string | undefined
}

function Administration({ me, part = '', id = '' }: AdministrationProps) {
  // What the view of a person says when there is no person left to show.
  const [said, setSaid] = useState<string>()
  useEffect(() => {
    if (id !== '' || part === 'events') setSaid(undefined)
  }, [id, part])
  function onRemoved(what: string): void {
    go('admin/users')
    setSaid(what)
  }
  if (part === 'events') return <Events />
  if (part === 'users' && id) return <Person key={id} id={id} me={me} onRemoved={onRemoved} />
  return part === '' || part === 'users' ? <Users said={said} /> : <NotFound />
}

function Footer({ hasReference = false }: { readonly hasReference: boolean | undefined }) {
  return (
    <footer>
      {hasReference && (
        <nav aria-label={frame.links}>
          <a href={`${SERVICE}/docs/`}>{frame.reference}</a>
          <a href={`${SERVICE}/docs/readme`}>{frame.readme}</a>
        </nav>
      )}
      {others.map(({ language, name }) => (
        <button key={language} type="button" class="quiet" lang={language} onClick={() => switchTo(language)}>
          {name}
        </button>
      ))}
    </footer>
  )
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
        {APP_NAME}
      </a>
      {me && (
        <>
          <nav aria-label={frame.main}>
            {HOME === 'live' && link('live', frame.live)}
            {link('account', frame.account)}
            {me.user.role === 'admin' && link('admin', frame.administration)}
          </nav>
          <div class="who">
            <span class="soft">{me.user.name ?? me.user.email}</span>
            <button type="button" class="quiet" onClick={() => signOut.run()} aria-disabled={signOut.busy}>
              {frame.signOut}
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
