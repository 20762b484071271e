import { anHourLater } from '../database.ts'
import type { Line } from '../line.ts'
import { eventually } from '../log.ts'
import { isIn, isWorthless } from '../worthless.ts'
import { NEXT } from './asvs-v6-passwords.ts'

export const abuse: readonly Line[] = [
  {
    at: 'V7.5.1',
    demand: 'L2',
    says: 'What signing in depends on is changed only after authenticating again',
    passes:
      'an hour after signing in, the password changes only against the password; the address does not change at all',
    async test(t, service) {
      const person = await service.person()
      const { jar, email } = person
      await anHourLater(service, person)
      for (const json of [{ newPassword: NEXT }, { currentPassword: NEXT, newPassword: NEXT }]) {
        t.equal((await service.send('POST', '/me/password', { jar, json })).status, 403)
      }
      const other = { email: 'other@example.org' }
      t.equal((await service.send('PATCH', '/me', { jar, json: other })).status, 400)
      t.match((await service.send('GET', '/me', { jar })).json(), { user: { email } })
    },
  },
  {
    at: 'V7.5.2 (see and end)',
    demand: 'L2',
    says: 'People see their sessions and can end any of them',
    passes: 'the list shows every session, and one or all others can be ended',
    async test(t, service) {
      const person = await service.person()
      const [second, third] = [await service.signIn(person), await service.signIn(person)]
      const { jar } = person
      const list = async () =>
        (await service.send('GET', '/me/sessions', { jar })).json<{ sessions: { id: string }[] }>().sessions
      t.equal((await list()).length, 3)
      const { session } = (await service.send('GET', '/me', { jar: second })).json<{
        session: { id: string }
      }>()
      t.equal((await service.send('DELETE', `/me/sessions/${session.id}`, { jar })).status, 204)
      t.ok(await isWorthless(service, second))
      t.equal((await service.send('DELETE', '/me/sessions', { jar })).status, 204)
      t.ok(await isWorthless(service, third))
      t.equal((await list()).length, 1)
    },
  },
  {
    at: 'V7.5.2 (after authenticating again)',
    demand: 'L2',
    says: 'Ending sessions takes authenticating again',
    notYet:
      'Whoever is signed in may end sessions: who finds a stranger among them should not be kept waiting.',
  },
  {
    at: 'V7.5.3',
    demand: 'L3',
    says: 'Highly sensitive actions take a further proof',
    passes:
      'an hour after signing in, deleting the account takes the password, and a wrong one counts as a guess',
    async test(t, service) {
      const person = await service.person()
      const { jar, id } = person
      await anHourLater(service, person)
      const without = await service.send('DELETE', '/me', { jar })
      t.match(without.json(), { statusCode: 403, code: 'REAUTHENTICATION_REQUIRED' })
      const wrong = await service.send('DELETE', '/me', { jar, json: { currentPassword: NEXT } })
      t.match(wrong.json(), { statusCode: 403, code: 'PASSWORD_INCORRECT' })
      t.ok(await isIn(service, jar))
      t.ok(await eventually(service, id, 'sign-in-failed'))
    },
  },
]
