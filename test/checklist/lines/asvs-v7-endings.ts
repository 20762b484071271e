import { setTimeout as sleep } from 'node:timers/promises'
import { PASSWORD } from '../../support/app.ts'
import type { Jar } from '../../support/jar.ts'
import type { Line } from '../line.ts'
import { goTo, signOutOf, VIEWS, visitAs } from '../pages.ts'
import type { Person, Service } from '../service.ts'
import { isIn, isWorthless } from '../worthless.ts'
import { NEXT } from './asvs-v6-passwords.ts'

/** Sessions that end after a second without use, and after two in any case. */
export const brief = (service: Service): Promise<Service> =>
  service.variant({ SESSION_IDLE_TTL: '1s', SESSION_TTL: '2s', ACCESS_TOKEN_TTL: '500ms' })

export const timeout: readonly Line[] = [
  {
    at: 'V7.3.1',
    demand: 'L2',
    says: 'A session that is not used ends',
    passes: 'after the idle limit nothing of the session is good, although its cookies are still there',
    async test(t, service) {
      const short = await brief(service)
      const { jar } = await short.person()
      t.ok(await isIn(short, jar))
      await sleep(1_100)
      const answer = await short.send('GET', '/me', { jar: jar.copy() })
      t.match(answer.json(), { statusCode: 401, code: 'SESSION_ENDED' })
      t.ok(await isWorthless(short, jar))
    },
  },
  {
    at: 'V7.3.2',
    demand: 'L2',
    says: 'A session ends after a time that is fixed, however much it is used',
    passes: 'a session that is used all the time ends at the hard limit',
    async test(t, service) {
      const short = await brief(service)
      const { jar } = await short.person()
      const held = jar.copy()
      let answer = await short.send('POST', '/auth/refresh', { jar })
      for (; answer.status === 204; answer = await short.send('POST', '/auth/refresh', { jar })) {
        for (const [name, value] of jar.cookies) held.set(name, value)
        await sleep(100)
      }
      t.match(answer.json(), { statusCode: 401, code: 'SESSION_ENDED' })
      t.ok(await isWorthless(short, held))
    },
  },
]

export const termination: readonly Line[] = [
  {
    at: 'V7.4.1',
    demand: 'L1',
    says: 'A session that was ended cannot be used any more, whatever kind of token is kept of it',
    passes: 'after signing out, cookies and tokens that somebody kept are worthless at once',
    async test(t, service) {
      const { jar } = await service.person()
      const kept = jar.copy()
      const { status, setCookies } = await service.send('POST', '/auth/logout', { jar })
      t.equal(status, 204)
      t.equal(setCookies.filter((line) => line.includes('Max-Age=0')).length, 2)
      t.ok(await isWorthless(service, kept))
    },
  },
  {
    at: 'V7.4.2',
    demand: 'L1',
    says: 'All sessions of an account end when it is disabled or deleted',
    passes: 'after disabling on the command line, and after deletion, every session is worthless at once',
    async test(t, service) {
      for (const end of [
        ({ email }: { email: string }) => service.tacit(['user', 'disable', email]),
        ({ jar }: { jar: Jar }) =>
          service.send('DELETE', '/me', { jar: jar.copy(), json: { currentPassword: PASSWORD } }),
      ]) {
        const person = await service.person()
        const elsewhere = await service.signIn(person)
        t.ok((await isIn(service, person.jar)) && (await isIn(service, elsewhere)))
        await end(person)
        t.ok(await isWorthless(service, person.jar))
        t.ok(await isWorthless(service, elsewhere))
      }
    },
  },
  {
    at: 'V7.4.3',
    demand: 'L2',
    says: 'All other sessions can be ended when a factor was changed',
    passes:
      'a new password ends them unasked, and only the browser that changed it goes on, where copies of its old cookies change and refresh nothing',
    async test(t, service) {
      const person = await service.person()
      const elsewhere = await service.signIn(person)
      const copy = person.jar.copy()
      const json = { currentPassword: PASSWORD, newPassword: NEXT }
      t.equal((await service.send('POST', '/me/password', { jar: person.jar, json })).status, 204)
      t.ok(await isWorthless(service, elsewhere))
      t.equal(
        (await service.send('PATCH', '/me', { jar: copy.copy(), json: { name: 'Mallory' } })).status,
        401,
      )
      t.equal((await service.send('POST', '/auth/refresh', { jar: copy })).status, 401)
      t.ok(await isIn(service, person.jar))
    },
  },
  {
    at: 'V7.4.4',
    demand: 'L2',
    says: 'Every page for people who are signed in lets them sign out',
    passes: 'each view of the pages has a button for it, and it ends the session',
    needs: 'browser',
    async test(t, service) {
      const page = await visitAs(service, await service.administrator())
      for (const view of VIEWS) {
        await goTo(page, view)
        t.ok(await signOutOf(page).isVisible(), view)
      }
      await signOutOf(page).click()
      await page.getByRole('heading', { name: 'Sign in' }).waitFor()
      t.equal(await page.evaluate("fetch('/me').then(({ status }) => status)"), 401)
      await page.context().close()
    },
  },
  {
    at: 'V7.4.5',
    demand: 'L2',
    says: 'Administrators can end the sessions of one person, or of all',
    passes:
      'an administrator, or the command line, ends all sessions of a person, and the service knows at once',
    async test(t, service) {
      const { jar } = await service.administrator()
      for (const end of [
        ({ id }: Person) => service.send('DELETE', `/admin/users/${id}/sessions`, { jar }),
        ({ email }: Person) => service.tacit(['session', 'revoke', '--user', email]),
      ]) {
        const person = await service.person()
        const elsewhere = await service.signIn(person)
        await end(person)
        t.ok(await isWorthless(service, person.jar))
        t.ok(await isWorthless(service, elsewhere))
      }
    },
  },
]
