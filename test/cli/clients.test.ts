import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp } from '../support/app.ts'
import { basic } from '../support/clients.ts'
import { commandLine } from '../support/command-line.ts'

interface Client {
  readonly id: string
  readonly name: string
  readonly createdAt: string
}

t.test('registers, lists and deletes a client, which the running service follows at once', async (t) => {
  const line = commandLine(t)
  const { tacit, tacitJson } = line
  const service = await buildApp(t, { environment: line.environment })
  const ask = (id: string, secret: string) =>
    service.request({
      method: 'POST',
      url: '/auth/introspect',
      headers: basic(id, secret),
      payload: { token: 'x' },
    })

  t.match(await tacit(['client', 'list']), { status: 0, stdout: /^There are no clients in file:/ })
  const { client, secret } = await tacitJson<{ client: Client; secret: string }>([
    'client',
    'create',
    'movies',
  ])
  t.match(client, { id: /^[0-9a-f-]{36}$/, name: 'movies', createdAt: /^\d{4}-.*Z$/ })
  t.match(secret, /^tacit_cs_[\w-]{43}$/)
  t.equal((await ask(client.id, secret)).statusCode, 200)

  const { stdout } = await tacit(['client', 'create', 'books'])
  const [, id = '', another = ''] =
    /^Created the client books\. .*\n\nid {6}(\S{36})\nsecret {2}(tacit_cs_\S{43})\n$/.exec(stdout) ?? []
  t.equal((await ask(id, another)).statusCode, 200)
  t.equal((await ask(id, secret)).statusCode, 401)

  const { clients } = await tacitJson<{ clients: Client[] }>(['client', 'list'])
  t.same(clients, [client, { ...clients[1], id, name: 'books' }])
  const listed = await tacit(['client', 'list'])
  t.match(listed.stdout, /^ID .*\n\S{36} {2}\S+ \S+ {2}movies\n\S{36} {2}\S+ \S+ {2}books\n$/)

  t.same(await tacit(['client', 'delete', client.id]), {
    status: 1,
    stdout: '',
    stderr: 'tacit: There is no terminal to ask for confirmation. Add --yes to delete the client movies\n',
  })
  t.same(await tacitJson(['client', 'delete', client.id, '--yes']), { client })
  t.equal((await ask(client.id, secret)).statusCode, 401)
  t.equal((await ask(id, another)).statusCode, 200)
  t.match(await tacit(['client', 'delete', client.id, '--yes']), {
    status: 1,
    stderr: `tacit: There is no client with the id ${client.id}\n`,
  })

  const events = await internalsOf(service.app).store.listEvents(10)
  t.strictSame(
    events
      .filter(({ type }) => /^client-(created|deleted)/.test(type))
      .map(({ type, reason }) => [type, reason]),
    [
      ['client-deleted', `${client.id} movies, command line`],
      ['client-created', `${id} books, command line`],
      ['client-created', `${client.id} movies, command line`],
    ],
  )
  for (const hidden of [secret, another]) t.notOk(JSON.stringify(events).includes(hidden))
})

t.test('refuses a client without a name, or with one that cannot be used', async (t) => {
  const { tacit } = commandLine(t)
  t.match(await tacit(['client', 'create']), { status: 1, stderr: /missing required argument 'name'/ })
  for (const name of ['', ' ', 'x'.repeat(101), 'a\tb'])
    t.match(await tacit(['client', 'create', name]), {
      status: 1,
      stderr: /The name of a client must have 1 to 100/,
    })
  t.match(await tacit(['client', 'delete', 'movies', '--yes']), {
    status: 1,
    stderr: 'tacit: There is no client with the id movies\n',
  })
})
