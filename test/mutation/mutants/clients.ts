import { mutantsOf } from '../mutant.ts'

const CLIENTS = ['test/plugins/clients.test.ts']
const INTROSPECT = ['test/routes/auth/introspect.test.ts']

export const clients = [
  ...mutantsOf('src/clients/clients.ts', CLIENTS, [
    {
      name: 'clients: the secret is not compared',
      from: 'return row !== undefined && isRight ? present(row) : null',
      to: 'return row !== undefined ? present(row) : null',
    },
    {
      name: 'clients: an id that is no UUID is looked up',
      from: 'return UUID.test(id) ? store.findClient(id) : undefined',
      to: 'return store.findClient(id)',
    },
    {
      name: 'clients: the row holds the secret',
      from: 'secretHash: hashOf(secret),',
      to: 'secretHash: Buffer.from(secret).subarray(0, 32),',
    },
  ]),
  ...mutantsOf(
    'src/access/admission.ts',
    ['test/access/guards.test.ts'],
    [
      {
        name: 'client guard: client need not be true',
        from: 'if (guard.client !== true)',
        to: 'if (guard.client === null)',
      },
      {
        name: 'client guard: an unknown part is ignored',
        from: 'if (unknown.length > 0)',
        to: 'if (unknown.length > 9)',
      },
    ],
  ),
  ...mutantsOf('plugins/clients.ts', CLIENTS, [
    {
      name: 'clients: wrong secrets do not count',
      from: 'await core.limitStrictly(request, reply)',
      to: '',
    },
    {
      name: 'clients: no limit of their own',
      from: 'if (requests > limit)',
      to: 'if (count.requests < 0)',
    },
    {
      name: 'clients: the reason of a refusal has the header',
      from: 'reason: `${method} ${routeOptions.url}`',
      to: 'reason: `${method} ${request.headers.authorization}`',
    },
    {
      name: 'clients: cookies replace wrong credentials',
      from: 'if (users !== null && !isBasic(request.headers.authorization)) users(',
      to: 'if (users !== null && request.headers.cookie !== undefined) users(',
    },
  ]),
  ...mutantsOf('plugins/guards.ts', CLIENTS, [
    {
      name: 'guards: a client is a user of any role',
      from: 'const isClient = clients && stateOf(request).oauthClient !== null',
      to: 'const isClient = clients',
    },
  ]),
  ...mutantsOf('src/sessions/inspection.ts', INTROSPECT, [
    {
      name: 'introspection: a refresh token with any MAC is good',
      from: 'if (!refreshTokens.verify(claim, session.seed)) return null',
      to: '',
    },
    {
      name: 'introspection: a reused refresh token is good',
      from: "new Set(['ended', 'late', 'reuse'])",
      to: "new Set(['ended', 'late'])",
    },
    {
      name: 'introspection: a refresh token of an ended session is good',
      from: "new Set(['ended', 'late', 'reuse'])",
      to: "new Set(['late', 'reuse'])",
    },
    {
      name: 'introspection: an account that must choose a new password is good',
      from: 'if (principal === null || principal.user.passwordChangeRequiredAt !== null) return null',
      to: 'if (principal === null) return null',
    },
  ]),
  ...mutantsOf(
    'src/sign-in/introspection.ts',
    ['test/routes/auth/revoke.test.ts'],
    [
      {
        name: 'revocation: a reused refresh token raises no alarm',
        from: '? await sessions.sessionOf(token, shown)',
        to: '? ((await sessions.inspect(token, shown.arrived))?.session ?? null)',
      },
      {
        name: 'revocation: an access token ends no session',
        from: ': await sessions.sessionOfAccessToken(token, shown.arrived)',
        to: ': null',
      },
    ],
  ),
  ...mutantsOf(
    'src/sessions/authentication.ts',
    ['test/routes/auth/revoke.test.ts'],
    [
      {
        name: 'revocation: a token from before a new role ends no session',
        from: "found.kind === 'stale' ? await store.findSession(found.session.sid) : undefined",
        to: 'undefined as Awaited<ReturnType<typeof store.findSession>>',
      },
    ],
  ),
  ...mutantsOf('routes/auth/introspect.ts', INTROSPECT, [
    {
      name: 'introspection: every user may ask',
      from: "or: { permission: 'tokens:introspect' }",
      to: "or: 'signed-in'",
    },
  ]),
]
