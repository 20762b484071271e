import type { ComponentChildren } from 'preact'

/** What signing in and creating an account look like: the form, and what this is. */
export function Welcome({ children }: { readonly children: ComponentChildren }) {
  return (
    <div class="welcome">
      <div class="entry">{children}</div>
      <aside aria-label="What this is">
        <p class="motto">Sign in once. Never notice a token again.</p>
        <p>
          When the access token has run out, the server refreshes the session in the middle of the request,
          and the request goes on.
        </p>
        <p>This page holds no token. All its code for that is</p>
        <pre>
          <code>{CODE}</code>
        </pre>
      </aside>
    </div>
  )
}

const CODE = `const response = await fetch('/me')
if (response.status === 401) showSignIn()`
