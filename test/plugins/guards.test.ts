import t from 'tap'
import { type Person, person } from '../support/administration.ts'
import { buildApp, type TestApp } from '../support/app.ts'
import { type DocumentPath, documentRoles, documentRoutes } from '../support/documents.ts'
import { FORBIDDEN, isRefusal } from '../support/refusals.ts'

const forbidden = { status: 403, code: 'ACCESS_FORBIDDEN', message: FORBIDDEN }

const names = ['ada', 'rita', 'ed', 'root'] as const
type Name = (typeof names)[number]
const roleOf = { ada: 'user', rita: 'reader', ed: 'editor', root: 'admin' } as const

/** The callers who are admitted, by the path of the account of that name. */
const admitted: Record<DocumentPath, (owner: Name) => readonly Name[]> = {
  '/documents/archive': () => ['root'],
  '/documents': () => ['rita', 'ed'],
  '/users/:userId/documents': (owner) => [owner],
  '/users/:userId/documents/published': (owner) => (owner === 'ed' ? ['ed'] : []),
  '/users/:userId/documents/removed': (owner) => (owner === 'ed' ? ['ed', 'root'] : ['root']),
}

const everybody = async (service: TestApp): Promise<Record<Name, Person>> => {
  const people = new Map<Name, Person>()
  for (const name of names) people.set(name, await person(service, name, roleOf[name]))
  return Object.fromEntries(people) as Record<Name, Person>
}

t.test(
  'admits to a resource by role, by permission, by owner, by all of them, and by alternatives',
  async (t) => {
    const service = await buildApp(t, { roles: documentRoles, routes: documentRoutes })
    const people = await everybody(service)
    for (const [path, admittedAt] of Object.entries(admitted)) {
      for (const owner of names) {
        const url = path.replace(':userId', people[owner].id)
        const lets = []
        for (const name of names) {
          const answer = await service.request({ url }, people[name].jar)
          if (answer.statusCode !== 200) isRefusal(t, answer, forbidden)
          else if (answer.json().for === `${name}@example.com`) lets.push(name)
        }
        t.strictSame(lets, admittedAt(owner), `${path} of ${owner}`)
        t.equal((await service.request({ url })).statusCode, 401, `${path} needs a session`)
      }
    }
  },
)

t.test('guards the routes of a scope by its defaultGuard, unless they declare a guard', async (t) => {
  const service = await buildApp(t, {
    roles: documentRoles,
    routes(app) {
      app.register(async (scope) => {
        scope.decorate('defaultGuard', { permission: 'documents:read' })
        scope.get('/drafts', async () => 'drafts')
        scope.get('/templates', { config: { auth: 'public' } }, async () => 'templates')
        scope.register(async (inner) => inner.get('/drafts/old', async () => 'old drafts'))
        scope.register(async (inner) => {
          inner.decorate('defaultGuard', { role: 'admin' })
          inner.get('/drafts/secret', async () => 'secret drafts')
        })
      })
      app.get('/beside', async () => 'beside')
    },
  })
  const { ada, rita, root } = await everybody(service)
  const statuses = async (url: string) => {
    const answers = [await service.request({ url })]
    for (const { jar } of [ada, rita, root]) answers.push(await service.request({ url }, jar))
    return answers.map(({ statusCode }) => statusCode)
  }
  t.strictSame(await statuses('/drafts'), [401, 403, 200, 403])
  t.strictSame(await statuses('/drafts/old'), [401, 403, 200, 403])
  t.strictSame(await statuses('/drafts/secret'), [401, 403, 403, 200])
  t.strictSame(await statuses('/templates'), [200, 200, 200, 200])
  t.strictSame(await statuses('/beside'), [401, 200, 200, 200])
})

t.test('stops the start for a defaultGuard that is misspelt', async (t) => {
  const starting = buildApp(t, {
    routes(app) {
      app.register(async (scope) => {
        scope.decorate('defaultGuard', { role: 'admn' })
        scope.get('/drafts', async () => 'drafts')
      })
    },
  })
  await t.rejects(starting, {
    message: 'GET /drafts: config.auth names the role "admn", which does not exist',
  })
})
