import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { administrator, change, type Person, person } from '../support/administration.ts'
import { buildApp, PASSWORD, signIn, type TestApp } from '../support/app.ts'
import { holdNext } from '../support/gates.ts'
import { Jar } from '../support/jar.ts'
import { ACCESS_TTL, ME, refreshAndLose } from '../support/rotation.ts'
import { forget } from '../support/rows.ts'

const USERS = { method: 'GET', url: '/admin/users' } as const

interface Reading {
  /** The call of the store that reads the account as it still was. */
  readonly held: Parameters<typeof holdNext>[1]
  /** What happens before. */
  prepare?(service: TestApp, jar: Jar): Promise<void>
  /** Reads the account. @returns the cookies that the client has then */
  read(service: TestApp, jar: Jar): Promise<Jar>
}

const ask: Reading['read'] = async (service, jar) => {
  await service.request(USERS, jar)
  return jar
}

const changePassword: Reading['read'] = async (service, jar) => {
  const payload = { currentPassword: PASSWORD, newPassword: 'a quite different set of words' }
  await service.request({ method: 'POST', url: '/me/password', payload }, jar)
  return jar
}

const READINGS: Record<string, Reading> = {
  'the verification of an access token': { held: 'findSession', prepare: forget, read: ask },
  'a sign-in': {
    held: 'createSession',
    read: (service) => signIn(service, 'ada@example.com', { jar: new Jar() }),
  },
  'a reissue': {
    held: 'reissueSession',
    async prepare(service, jar) {
      service.clock.advance(ACCESS_TTL)
      await refreshAndLose(service, jar)
    },
    read: ask,
  },
  'a token that is handed out again before it has settled': {
    held: 'findSession',
    read: (service, jar) => ask(service, jar.delete('access')),
  },
  'a refresh by the row': {
    held: 'rotateSession',
    async prepare(service, jar) {
      service.clock.advance(ACCESS_TTL)
      await forget(service, jar)
    },
    read: ask,
  },
  'a refresh by the remembered row': {
    held: 'rotateSession',
    prepare: async ({ clock }) => clock.advance(ACCESS_TTL),
    read: ask,
  },
  'a new password': { held: 'changePassword', read: changePassword },
}

for (const [name, { held, prepare, read }] of Object.entries(READINGS)) {
  t.test(`${name} caches no role that is removed while the request is under way`, async (t) => {
    const service = await buildApp(t)
    const root: Person = await administrator(service)
    const ada: Person = await person(service, 'ada', 'admin')
    t.equal((await service.request(USERS, ada.jar)).statusCode, 200)
    await prepare?.(service, ada.jar)

    const gate = holdNext(internalsOf(service.app).store, held, 'after')
    const reading = read(service, ada.jar)
    await gate.reached
    t.equal((await change(service, root, ada, { role: 'user' })).statusCode, 200)
    t.equal((await service.request(ME, root.jar)).statusCode, 200, 'another request hears of the change')
    gate.open()

    const access = (await reading).get('access') as string
    const answer = await service.request(USERS, new Jar().set('access', access))
    t.strictSame([answer.statusCode, answer.json().reason], [401, 'stale'])
  })
}
