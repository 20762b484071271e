import { mutantsOf } from '../mutant.ts'

const WHOLE = ['test/system/rotation/new-cookies.test.ts']
const READ = ['test/http/cookies.test.ts']
const LATE = ['test/system/rotation/sign-out.test.ts']

export const cookies = [
  ...mutantsOf('src/http/cookies.ts', READ, [
    {
      name: 'cookies: the last of two equal names counts',
      from: 'if (value !== undefined) return null',
      to: '',
    },
    {
      name: 'cookies: a longer name counts',
      from: 'header.charCodeAt(start + name.length) === EQUALS',
      to: 'header.length > start + name.length',
    },
    { name: 'cookies: an empty one counts', from: "if (found !== '')", to: 'if (found !== name)' },
    {
      name: 'cookies: the access cookie has no prefix',
      from: "access: '__Host-access'",
      to: "access: 'access'",
    },
    {
      name: 'cookies: a sibling domain may plant the refresh cookie',
      from: "refresh: '__Host-refresh'",
      to: "refresh: '__Secure-refresh'",
    },
    {
      name: 'sign-out: one of two equal names is enough',
      from: '.map((pair) => pair.slice(name.length + 1).trim())',
      to: '.map((pair) => pair.slice(name.length + 1).trim()).slice(0, 1)',
      tests: ['test/routes/auth/logout.test.ts'],
    },
  ]),
  ...mutantsOf('plugins/cookies.ts', WHOLE, [
    { name: 'cookies: scripts may read them', from: 'httpOnly: true', to: 'httpOnly: false' },
    { name: 'cookies: sent along from other sites', from: "sameSite: 'lax'", to: "sameSite: 'none'" },
    {
      name: 'cookies: sent over plain http',
      from: 'httpOnly: true, secure,',
      to: 'httpOnly: true, secure: false,',
    },
    { name: 'cookies: for a part of the paths', from: "path: '/' }", to: "path: '/auth' }" },
    {
      name: 'cookies: the refresh cookie ends with the browser, though remembered',
      from: '...(remember && { maxAge: tokens.refreshExpiresInSeconds }),',
      to: '',
    },
    {
      name: 'cookies: the access cookie stays, though not remembered',
      from: '...(remember && { maxAge: tokens.expiresInSeconds }),',
      to: 'maxAge: tokens.expiresInSeconds,',
    },
    {
      name: 'cookies: the access cookie first',
      from: 'const tokens = issuance.tokens()',
      to: 'const tokens = issuance.tokens()\n      setCookie(reply, names.access, tokens.accessToken, attributes)',
    },
    { name: 'cookies: a cache may keep them', from: "'private, no-store'", to: "'private'" },
    { name: 'cookies: an ETag stays beside them', from: "reply.removeHeader('etag')", to: '' },
    {
      name: 'cookies: a late response overwrites newer ones',
      from: 'if (current) set(request, reply, change)',
      to: 'set(request, reply, change)',
      tests: LATE,
    },
    {
      name: 'cookies: of two equal names none counts',
      from: "if (value === null) throw new AuthError('COOKIE_AMBIGUOUS', { reason: name })",
      to: 'if (value === null) return undefined',
      tests: ['test/system/rotation/what-is-refreshed.test.ts'],
    },
    {
      name: 'cookies: clearing leaves the access cookie',
      from: 'clearCookie(reply, names.access)',
      to: '',
      tests: ['test/routes/auth/logout.test.ts'],
    },
  ]),
  ...mutantsOf('src/sessions/sessions.ts', LATE, [
    {
      name: 'cookies: any answer of a session that is alive carries them',
      from: '(await store.currentGeneration(sid, clock.now())) === generation',
      to: '(await store.currentGeneration(sid, clock.now())) !== null && generation > 0',
    },
  ]),
]
