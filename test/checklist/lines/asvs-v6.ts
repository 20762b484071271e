import BetterSqlite from 'better-sqlite3'
import { PASSWORD } from '../../support/app.ts'
import { codeIn, documentation as documented } from '../documentation.ts'
import { guessUntilPaused } from '../guessing.ts'
import type { Line } from '../line.ts'
import { factors, ONE_FACTOR } from './asvs-v6-factors.ts'
import { passwords, tryPassword } from './asvs-v6-passwords.ts'

const GUESS = 'a wrong guess of fair length'

const documentation: readonly Line[] = [
  {
    at: 'V6.1.1',
    demand: 'L1',
    says: 'The documentation says how guessing is fought, how that is set, and how nobody is locked out by it',
    passes:
      'docs/sign-in.md says it, and a browser that the account knows gets in while strangers are paused',
    async test(t, service) {
      const { text } = documented('sign-in.md')
      for (const part of ['LOGIN_RATE_LIMIT_MAX', "## An account's pauses", '## The owner gets in']) {
        t.ok(text.includes(part), part)
      }
      const { email, jar } = await service.person()
      t.ok(await guessUntilPaused(service, email, '/auth/login'))
      const json = { email, password: PASSWORD }
      t.equal((await service.send('POST', '/auth/login', { json, jar })).status, 200)
    },
  },
  {
    at: 'V6.1.2',
    demand: 'L2',
    says: 'The words that passwords must not be made of are documented',
    passes: 'docs/sign-in.md says which, and each of its examples is refused for that reason',
    async test(t, service) {
      const { text } = documented('sign-in.md')
      const sentence =
        /So for `([^`]+)`, all of these are refused as `own-words`: ([^.]+(?:\.\w[^.]*)*)\.\n/.exec(text)
      const [, email = '', examples = ''] = sentence ?? []
      t.equal(codeIn(examples).length, 5)
      for (const example of codeIn(examples)) {
        t.equal(await tryPassword(service, example, email), 'own-words', example)
      }
    },
  },
  {
    at: 'V6.1.3',
    demand: 'L2',
    says: 'All ways to sign in are documented, with the controls that they have in common',
    passes: 'docs/sign-in.md has every route that takes a password or a token, and which limits it shares',
    async test(t, service) {
      const rows = documented('sign-in.md').tables('proves by')
      const { paths } = (await service.page('/docs/openapi.json')).json<{
        paths: Record<string, Record<string, object>>
      }>()
      const taking = Object.entries(paths).flatMap(([path, operations]) =>
        Object.entries(operations)
          .filter(([, operation]) =>
            /"(password|currentPassword)":|"refreshCookie"/.test(JSON.stringify(operation)),
          )
          .map(([method]) => `${method.toUpperCase()} ${path}`),
      )
      t.ok(taking.length > 4, taking.join())
      const named = rows.flatMap(([routes]) => codeIn(routes))
      t.same(named.toSorted(), taking.toSorted())

      const strict = await service.variant({ LOGIN_RATE_LIMIT_MAX: 1 })
      await strict.send('POST', '/auth/login', { json: {} })
      for (const [routes, , limited] of rows) {
        for (const route of codeIn(routes)) {
          const [method = '', path = ''] = route.split(' ')
          const { status } = await strict.send(method, path, { json: {} })
          t.equal(status === 429, limited === 'yes', route)
        }
      }
    },
  },
]

const general: readonly Line[] = [
  {
    at: 'V6.3.1',
    demand: 'L1',
    says: 'Guessing and stuffing of passwords is fought as documented',
    passes: 'an account that is guessed at pauses, and an address that tries too often is told to wait',
    async test(t, service) {
      const { email } = await service.person()
      t.ok(
        await guessUntilPaused(service, email, '/auth/login'),
        'the right password is refused in the pause',
      )
      const strict = await service.variant({ LOGIN_RATE_LIMIT_MAX: 3 })
      const statuses = []
      for (const n of [1, 2, 3, 4]) {
        const json = { email: `nobody-${n}@example.com`, password: GUESS }
        const answer = await strict.send('POST', '/auth/login', { json })
        statuses.push(answer.status)
        if (answer.status === 429) t.ok(Number(answer.headers['retry-after']) > 0)
      }
      t.same(statuses, [401, 401, 401, 429])
    },
  },
  {
    at: 'V6.3.2',
    demand: 'L1',
    says: 'There are no default accounts',
    passes:
      'a service where nobody has registered has no account at all, and none of the usual names signs in',
    async test(t, service) {
      const { database: path } = await service.variant({ LOGIN_RATE_LIMIT_MAX: 3 })
      const database = new BetterSqlite(path, { readonly: true })
      t.equal(database.prepare('SELECT count(*) FROM users').pluck().get(), 0)
      database.close()
      for (const email of ['admin', 'root', 'admin@example.com']) {
        const answer = await service.send('POST', '/auth/login', { json: { email, password: 'admin' } })
        t.equal(answer.status, 401, email)
      }
    },
  },
  {
    at: 'V6.3.3',
    demand: 'L2',
    says: 'Signing in takes more than one factor',
    notYet:
      'A password is the only factor. Passkeys come next: they are two factors at once and cannot be phished.',
  },
  {
    at: 'V6.3.4',
    demand: 'L2',
    says: 'There is no way in that is not documented, and all are equally strong',
    passes: 'guesses count together on every way in, and paths where others have a second one lead nowhere',
    async test(t, service) {
      const { email } = await service.person()
      t.ok(await guessUntilPaused(service, email, '/auth/token'), 'guesses at /auth/token pause /auth/login')
      const description = (await service.page('/docs/openapi.json')).json<{
        paths: Record<string, Record<string, { requestBody?: unknown }>>
      }>()
      const taking = Object.entries(description.paths).filter(([, { post }]) =>
        JSON.stringify(post?.requestBody ?? '').includes('"password":{'),
      )
      t.same(taking.map(([path]) => path).sort(), ['/auth/login', '/auth/register', '/auth/token'])
      for (const path of [
        '/login',
        '/signin',
        '/admin/login',
        '/oauth/token',
        '/auth/sso',
        '/auth/debug',
        '/auth',
      ]) {
        const answer = await service.send('POST', path, { json: { email, password: PASSWORD } })
        t.equal(answer.status, 404, path)
      }
    },
  },
  {
    at: 'V6.3.5',
    demand: 'L3',
    says: 'People are told of attempts to sign in that look suspicious',
    notYet:
      'The service cannot send mail yet. The list of sessions shows each sign-in with its address and browser.',
  },
  {
    at: 'V6.3.6',
    demand: 'L3',
    says: 'E-mail is not used to prove who somebody is',
    passes: 'no path sends or takes a link or a code, and signing in takes nothing but a password',
    async test(t, service) {
      const { paths } = (await service.page('/docs/openapi.json')).json<{ paths: object }>()
      for (const path of Object.keys(paths)) t.notMatch(path, /magic|otp|code|link|mail/)
      const { email } = await service.person()
      for (const json of [
        { email },
        { email, code: '000000' },
        { email, password: PASSWORD, code: '000000' },
      ]) {
        t.equal((await service.send('POST', '/auth/login', { json })).status, 400)
      }
    },
  },
  {
    at: 'V6.3.7',
    demand: 'L3',
    says: 'People are told when their credentials were changed',
    notYet: 'The service cannot send mail yet; the change is in the log and ends every other session.',
  },
  {
    at: 'V6.3.8 (signing in)',
    demand: 'L3',
    says: 'A refusal does not tell whether there is an account',
    passes:
      'unknown and wrong are one answer to the letter, at every way in, and both take the work of a hash',
    async test(t, service) {
      const { email } = await service.person()
      const login = (email: string) =>
        service.send('POST', '/auth/login', { json: { email, password: GUESS } })
      const token = (username: string) =>
        service.send('POST', '/auth/token', { form: { grant_type: 'password', username, password: GUESS } })
      for (const ask of [login, token]) {
        const [wrong, unknown] = [await ask(email), await ask('nobody@example.com')]
        t.equal(wrong.status, unknown.status)
        t.equal(wrong.body, unknown.body)
        t.same({ ...wrong.headers, date: undefined }, { ...unknown.headers, date: undefined })
      }
    },
  },
  {
    at: 'V6.3.8 (registering)',
    demand: 'L3',
    says: 'Registering does not tell whether there is an account',
    notYet:
      'It answers 409. To hide it, the answer would have to go by mail; REGISTRATION=closed avoids the question.',
  },
]

const lifecycle: readonly Line[] = [
  {
    at: 'V6.4.1',
    demand: 'L1',
    says: 'Passwords and codes that the system makes are random, and good for a short time or once',
    notApplicable: 'The system makes none: whoever creates an account chooses its password.',
  },
  {
    at: 'V6.4.2',
    demand: 'L1',
    says: 'There are no password hints and no secret questions',
    passes: 'a hint or a question is not accepted, and the API knows of none',
    async test(t, service) {
      const json = { email: 'hints@example.org', password: PASSWORD }
      for (const extra of ['hint', 'passwordHint', 'question', 'securityQuestion', 'securityAnswer']) {
        const answer = await service.send('POST', '/auth/register', { json: { ...json, [extra]: 'a pet' } })
        t.equal(answer.status, 400, extra)
      }
      t.notMatch((await service.page('/docs/openapi.json')).body, /hint|securityQuestion/i)
    },
  },
  {
    at: 'V6.4.3',
    demand: 'L2',
    says: 'A forgotten password can be reset in a secure way',
    notYet: 'The service cannot send mail yet: an operator sets a new password on the command line.',
  },
  {
    at: 'V6.4.4',
    demand: 'L2',
    says: 'Who lost a second factor is identified anew',
    notApplicable: ONE_FACTOR,
  },
  {
    at: 'V6.4.5',
    demand: 'L3',
    says: 'People are reminded before a means of signing in expires',
    notApplicable: 'Passwords do not expire (V6.2.10).',
  },
  {
    at: 'V6.4.6',
    demand: 'L3',
    says: 'Administrators can start a reset without learning the password',
    passes: 'an administrator requires a new password, which only the person chooses',
    async test(t, service) {
      const [administrator, ada] = [await service.administrator(), await service.person()]
      const ask = async () => (await service.send('GET', `/users/${ada.id}`, { jar: ada.jar })).status
      t.equal(await ask(), 200)
      const required = await service.send('PATCH', `/admin/users/${ada.id}`, {
        jar: administrator.jar,
        json: { passwordChangeRequired: true },
      })
      t.equal(required.status, 200)
      t.notMatch(required.body, /argon2|"password"|token/i)
      t.equal(await ask(), 403, 'nothing else before that')
      const json = { newPassword: 'another horse battery staple' }
      t.equal((await service.send('POST', '/me/password', { jar: ada.jar, json })).status, 204)
      t.equal(await ask(), 200)
    },
  },
]

export const authentication: readonly Line[] = [
  ...documentation,
  ...passwords,
  ...general,
  ...lifecycle,
  ...factors,
]
