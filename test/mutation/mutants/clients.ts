import { mutantsOf } from '../mutant.ts'

const CLIENTS = ['test/plugins/clients.test.ts']

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
      from: 'if (count.requests > limit)',
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
]
