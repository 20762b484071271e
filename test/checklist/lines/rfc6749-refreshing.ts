import { claimsOf } from '../../support/tokens.ts'
import type { Line } from '../line.ts'
import { isOAuthError } from '../oauth.ts'
import type { Answer } from '../requests.ts'
import type { Service } from '../service.ts'

export const NO_CLIENTS =
  'No clients are registered: all are public ones of the same house, and none has a secret.'

/** Asks for tokens. */
export const ask = ({ send }: Service, form: Readonly<Record<string, string>> | string): Promise<Answer> =>
  send('POST', '/auth/token', { form })

export const refreshing: readonly Line[] = [
  {
    at: '6 (request)',
    demand: 'MUST',
    says: 'A refresh token buys a new access token',
    passes: 'the new pair is of the same person and session, with the next generation',
    async test(t, service) {
      const before = await service.tokens(await service.person())
      const after = (await service.refresh(before.refresh_token)).json<typeof before>()
      const [old, now] = [claimsOf(before.access_token), claimsOf(after.access_token)]
      t.equal(now.sub, old.sub)
      t.equal(now.sid, old.sid)
      t.equal(now.gen, Number(old.gen) + 1)
      t.equal((await service.send('GET', '/me', { bearer: after.access_token })).status, 200)
    },
  },
  {
    at: '6 (scope)',
    demand: 'MUST',
    says: 'Refreshing does not widen the scope',
    passes: 'whatever scope is asked for, the one of the role is granted',
    async test(t, service) {
      const { refresh_token } = await service.tokens(await service.person())
      const form = { grant_type: 'refresh_token', refresh_token, scope: 'users:read users:write' }
      const { scope, access_token } = (await ask(service, form)).json<{
        scope: string
        access_token: string
      }>()
      t.equal(scope, '')
      t.match(claimsOf(access_token), { scope: '', role: 'user' })
    },
  },
  {
    at: '6 (old token)',
    demand: 'MAY',
    says: 'The old refresh token is revoked when a new one was issued',
    passes: 'once the new one is known to have arrived, the old one ends the session',
    async test(t, service) {
      const first = await service.tokens(await service.person())
      const second = (await service.refresh(first.refresh_token)).json<typeof first>()
      await service.proveReceipt({ bearer: second.access_token })
      isOAuthError(t, await service.refresh(first.refresh_token), 'invalid_grant')
      isOAuthError(t, await service.refresh(second.refresh_token), 'invalid_grant')
    },
  },
  {
    at: '6 (client)',
    demand: 'MUST',
    says: 'A refresh token is bound to its client',
    notApplicable: NO_CLIENTS,
  },
  {
    at: '10.10',
    demand: 'MUST',
    says: 'Tokens cannot be guessed',
    passes: 'another signature over a token that was issued is refused, a hundred times in a row',
    async test(t, service) {
      const { refresh_token } = await service.tokens(await service.person())
      const head = refresh_token.slice(0, -43)
      for (let n = 0; n < 100; n += 1) {
        const guess = head + Buffer.alloc(33, n).toString('base64url').slice(0, 43)
        t.equal((await service.refresh(guess)).status, 400)
      }
      t.equal((await service.refresh(refresh_token)).status, 200)
    },
  },
]
