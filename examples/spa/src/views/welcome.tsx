import type { ComponentChildren } from 'preact'
import { texts } from '../texts/current.ts'

/** What signing in and creating an account look like: the form, and what this is. */
export function Welcome({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="welcome">
      <div class="entry">{children}</div>
      <aside aria-label={texts.welcome.label}>
        <p class="motto">{texts.welcome.motto}</p>
        <p>{texts.welcome.about}</p>
        <p>{texts.welcome.code}</p>
        <pre>
          <code>{CODE}</code>
        </pre>
      </aside>
    </div>
  )
}

const CODE = `const response = await fetch('/me')
if (response.status === 401) showSignIn()`
