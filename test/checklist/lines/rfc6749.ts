import { PASSWORD } from '../../support/app.ts'
import { Jar } from '../../support/jar.ts'
import { guessUntilPaused } from '../guessing.ts'
import type { Line } from '../line.ts'
import { isOAuthError } from '../oauth.ts'
import { NEXT } from './asvs-v6-passwords.ts'
import { ask, NO_CLIENTS, refreshing } from './rfc6749-refreshing.ts'

const byPassword = (username: string) => ({ grant_type: 'password', username, password: PASSWORD })

const endpoint: readonly Line[] = [
  { at: '2.3', demand: 'MUST', says: 'Confidential clients authenticate', notApplicable: NO_CLIENTS },
  {
    at: '2.3.1 (Basic)',
    demand: 'MUST',
    says: 'Clients with a password may send it as HTTP Basic',
    notApplicable: NO_CLIENTS,
  },
  {
    at: '2.3.1 (address)',
    demand: 'MUST',
    says: 'Credentials are never in the address',
    passes: 'parameters in the query do not count',
    async test(t, service) {
      const { email } = await service.person()
      const query = new URLSearchParams(byPassword(email))
      isOAuthError(t, await service.send('POST', `/auth/token?${query}`, { form: {} }), 'invalid_request')
    },
  },
  {
    at: '3.2 (POST)',
    demand: 'MUST',
    says: 'Tokens are asked for with POST',
    passes: 'GET, HEAD and PUT find nothing',
    async test(t, service) {
      for (const method of ['GET', 'HEAD', 'PUT']) {
        t.equal((await service.send(method, '/auth/token')).status, 404, method)
      }
    },
  },
  {
    at: '3.2 (TLS)',
    demand: 'MUST',
    says: 'The endpoint is reached over TLS',
    notApplicable: 'TLS ends at a proxy in front of the service.',
  },
  {
    at: '3.2 (empty)',
    demand: 'MUST',
    says: 'A parameter without a value counts as left out',
    passes: 'an empty password and an empty refresh token are missing ones',
    async test(t, service) {
      const { email } = await service.person()
      for (const form of [
        { ...byPassword(email), password: '' },
        { grant_type: 'refresh_token', refresh_token: '' },
      ]) {
        const answer = await ask(service, form)
        isOAuthError(t, answer, 'invalid_request')
        t.match(answer.json().error_description, /is missing$/)
      }
    },
  },
  {
    at: '3.2 (unknown)',
    demand: 'MUST',
    says: 'Parameters that are not known are ignored',
    passes: 'an invented parameter changes nothing',
    async test(t, service) {
      const { email } = await service.person()
      t.equal((await ask(service, { ...byPassword(email), invented: 'yes', client_id: 'mine' })).status, 200)
    },
  },
  {
    at: '3.2 (twice)',
    demand: 'MUST',
    says: 'No parameter comes twice',
    passes: 'a parameter that comes twice is an invalid request, whichever it is',
    async test(t, service) {
      const { email } = await service.person()
      const form = new URLSearchParams(byPassword(email)).toString()
      for (const again of ['grant_type=password', `username=${email}`, 'password=x']) {
        isOAuthError(t, await ask(service, `${form}&${again}`), 'invalid_request')
      }
    },
  },
]

const grants: readonly Line[] = [
  {
    at: '4.3.2 (request)',
    demand: 'MUST',
    says: 'The password grant takes grant_type, username and password, as a form in UTF-8',
    passes: 'each is needed, and a password in UTF-8 is understood',
    async test(t, service) {
      const { email } = await service.person()
      const whole = byPassword(email)
      for (const name of ['grant_type', 'username', 'password'] as const) {
        const form = Object.fromEntries(Object.entries(whole).filter(([key]) => key !== name))
        isOAuthError(t, await ask(service, form), 'invalid_request')
      }
      const json = { email: 'utf8@example.org', password: 'größer als die 🦊 dachte' }
      t.equal((await service.send('POST', '/auth/register', { json })).status, 201)
      t.equal((await ask(service, { ...byPassword(json.email), password: json.password })).status, 200)
    },
  },
  {
    at: '4.3.2 (guessing)',
    demand: 'MUST',
    says: 'The endpoint is protected against guessing',
    passes: 'guesses pause the account, and the right password is refused meanwhile',
    async test(t, service) {
      const { email } = await service.person()
      t.ok(await guessUntilPaused(service, email, '/auth/token'))
    },
  },
  {
    at: '5.1 (fields)',
    demand: 'MUST',
    says: 'The answer is JSON with access_token, token_type, expires_in, refresh_token and scope',
    passes: 'all five are there, and nothing else',
    async test(t, service) {
      const answer = await ask(service, byPassword((await service.person()).email))
      t.equal(answer.status, 200)
      t.match(answer.headers['content-type'], /^application\/json/)
      const { access_token, refresh_token, ...rest } = answer.json()
      t.strictSame(rest, { token_type: 'bearer', expires_in: 900, scope: '' })
      t.type(access_token, 'string')
      t.type(refresh_token, 'string')
      t.same(answer.setCookies, [])
    },
  },
  {
    at: '5.1 (caches)',
    demand: 'MUST',
    says: 'An answer with tokens says Cache-Control: no-store and Pragma: no-cache',
    passes: 'both are said for both grants, and for refusals',
    async test(t, service) {
      const first = await ask(service, byPassword((await service.person()).email))
      const { refresh_token } = first.json<{ refresh_token: string }>()
      for (const { headers } of [
        first,
        await service.refresh(refresh_token),
        await service.refresh('none'),
        await service.send('POST', '/auth/token', {
          form: '{',
          headers: { 'content-type': 'application/json' },
        }),
      ]) {
        t.equal(headers['cache-control'], 'no-store')
        t.equal(headers.pragma, 'no-cache')
      }
    },
  },
  {
    at: '5.2 (invalid_request)',
    demand: 'MUST',
    says: 'What is missing, repeated or malformed is invalid_request, with 400',
    passes: 'what is missing, repeated or of the wrong form is told so in the shape of OAuth',
    async test(t, service) {
      const { email } = await service.person()
      const json = { 'content-type': 'application/json' }
      for (const form of ['{', '[]', '{"grant_type":1}']) {
        isOAuthError(t, await service.send('POST', '/auth/token', { form, headers: json }), 'invalid_request')
      }
      const whole = byPassword(email)
      t.equal((await ask(service, whole)).status, 200)
      for (const name of Object.keys(whole)) {
        const missing = Object.fromEntries(Object.entries(whole).filter(([other]) => other !== name))
        isOAuthError(t, await ask(service, missing), 'invalid_request')
        const value = encodeURIComponent(new Map(Object.entries(whole)).get(name) as string)
        const repeated = `${new URLSearchParams(whole)}&${name}=${value}`
        isOAuthError(t, await service.send('POST', '/auth/token', { form: repeated }), 'invalid_request')
      }
    },
  },
  {
    at: '5.2 (invalid_client)',
    demand: 'MUST',
    says: 'A client that is not known is told so',
    notApplicable: NO_CLIENTS,
  },
  {
    at: '5.2 (invalid_grant)',
    demand: 'MUST',
    says: 'A wrong password and a refresh token that is not good are invalid_grant',
    passes: 'wrong, unknown, used, altered and foreign are one refusal each, of the same shape',
    async test(t, service) {
      const { email } = await service.person()
      isOAuthError(t, await ask(service, { ...byPassword(email), password: NEXT }), 'invalid_grant')
      isOAuthError(t, await ask(service, byPassword('nobody@example.org')), 'invalid_grant')
      const { refresh_token, access_token } = await service.tokens({ id: '', email, jar: new Jar() })
      const altered = refresh_token.slice(0, -1) + (refresh_token.endsWith('A') ? 'B' : 'A')
      for (const token of [altered, access_token, 'nonsense', `tacit_rt_${'A'.repeat(72)}`]) {
        isOAuthError(t, await service.refresh(token), 'invalid_grant')
      }
      t.equal((await service.refresh(refresh_token)).status, 200, 'and the good one is as good as before')
    },
  },
  {
    at: '5.2 (unauthorized_client)',
    demand: 'MUST',
    says: 'A client that may not use a grant is told so',
    notApplicable: NO_CLIENTS,
  },
  {
    at: '5.2 (unsupported_grant_type)',
    demand: 'MUST',
    says: 'A grant that is not supported is unsupported_grant_type',
    passes: 'every other grant that exists is refused with that word',
    async test(t, service) {
      for (const grant_type of [
        'authorization_code',
        'client_credentials',
        'implicit',
        'urn:ietf:params:oauth:grant-type:jwt-bearer',
        'urn:ietf:params:oauth:grant-type:device_code',
        'PASSWORD',
        '__proto__',
      ]) {
        isOAuthError(t, await ask(service, { grant_type }), 'unsupported_grant_type')
      }
    },
  },
  {
    at: '5.2 (invalid_scope)',
    demand: 'MUST',
    says: 'A scope that is not known, or exceeds what was granted, is invalid_scope',
    notApplicable:
      'No scope is refused: the one that is asked for is ignored, as 3.3 allows, and the answer says what was granted (5.1).',
  },
  {
    at: '5.2 (characters)',
    demand: 'MUST',
    says: 'error and error_description hold printable ASCII without quotes and backslashes',
    passes: 'also when what was sent holds others',
    async test(t, service) {
      for (const form of [{ grant_type: '"\\ü' }, { grant_type: 'password', username: '"\\ü' }, '"=\\']) {
        const { error, error_description } = (await ask(service, form)).json()
        t.match(error, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
        t.match(error_description, /^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/)
      }
    },
  },
]

export const oauth: readonly Line[] = [...endpoint, ...grants, ...refreshing]
