/**
 * For each code, the condition under which an operation answers with it, and a call that meets it.
 */
import type { InjectOptions, LightMyRequestResponse } from 'fastify'
import type { Guard } from '../../src/access/guards.ts'
import type { AuthErrorCode } from '../../src/errors.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { type Person, person } from '../support/administration.ts'
import { PASSWORD, type TestApp } from '../support/app.ts'
import { basic, type ClientCredentials, registerClient } from '../support/clients.ts'
import type { Described } from '../support/described-api.ts'
import { Jar } from '../support/jar.ts'
import { loggedToken, resetTokenFor } from '../support/mail-server.ts'
import { bearer } from '../support/tokens.ts'

/** The operation, ready to be called by a caller with the right. */
export interface Prepared {
  readonly service: TestApp
  readonly described: Described
  readonly caller: Person
  readonly client: ClientCredentials
  readonly email: string
  /** The documented call, with other parts. */
  call(changes?: Changes): Promise<LightMyRequestResponse>
}

export interface Changes {
  readonly jar?: Jar
  readonly headers?: InjectOptions['headers']
  /** In place of the documented parameters of path and query. */
  readonly parameters?: Readonly<Record<string, string>>
  readonly body?: object | string
}

let people = 0

/** What the body of a dangerous change has besides the password. */
function wantedBy({ method, path }: Described): object {
  if (method === 'DELETE') return {}
  return path === '/me/email'
    ? { email: `wanted-${++people}@example.com` }
    : { newPassword: `${PASSWORD}, and another` }
}

/** A role that may delete administrators: it permits all that they may. */
const DEPUTY = 'deputy'
export const ROLES = {
  [DEPUTY]: ['users:read', 'users:write', 'sessions:read', 'sessions:end', 'events:read'],
}

export async function prepare(service: TestApp, described: Described): Promise<Prepared> {
  const { method, path, operation } = described
  const guard = operation['x-guard'] as Guard
  const name = `caller-${++people}`
  const isRule = typeof guard === 'object' && !('client' in guard)
  const caller = await person(service, name, isRule ? 'admin' : 'user')
  const client = await registerClient(service)
  const email = `${name}@example.com`
  const [type = 'application/json', media] = Object.entries(operation.requestBody?.content ?? {})[0] ?? []
  const { session } = (await service.request({ url: '/me' }, caller.jar)).json()

  return {
    service,
    described,
    caller,
    client,
    email,
    call({ jar = caller.jar, headers, parameters = {}, body = media?.example as object | undefined } = {}) {
      const { id = session.id, userId = caller.id, ...query } = parameters
      return service.request(
        {
          method: method as 'POST',
          url: path.replace('{id}', encodeURIComponent(id)).replace('{userId}', encodeURIComponent(userId)),
          query,
          headers: {
            ...(body !== undefined && {
              'content-type': typeof body === 'string' ? 'application/json' : type,
            }),
            ...headers,
          },
          ...(body !== undefined && {
            payload: type.includes('form') && typeof body !== 'string' ? form(body) : body,
          }),
        },
        jar,
      )
    },
  }
}

const form = (body: object): string => new URLSearchParams(body as Record<string, string>).toString()

const stranger = () => new Jar()
const NOBODY = { userId: '019bc186-de00-738c-b587-e5f65ab95d6c', id: 'AAAAAAAAAAAAAAAAAAAAAA' }
const MINUTES = 60

type Cause = (prepared: Prepared) => Promise<LightMyRequestResponse>

const takesRefreshToken = ({ described }: Prepared) => described.path === '/auth/token'

/** The refresh token of a jar, in the body where that is where it belongs. */
const by = (prepared: Prepared, jar: Jar) =>
  takesRefreshToken(prepared)
    ? prepared.call({ body: { grant_type: 'refresh_token', refresh_token: jar.get('refresh') as string } })
    : prepared.call({ jar: jar.delete('access') })

async function refreshed({ service, caller }: Prepared): Promise<void> {
  service.clock.advance(2 * MINUTES)
  await service.request({ method: 'POST', url: '/auth/refresh' }, caller.jar)
}

export const causes: Readonly<Partial<Record<AuthErrorCode, Cause>>> = {
  TOKEN_MISSING: ({ call }) => call({ jar: stranger() }),
  TOKEN_INVALID: (prepared) => by(prepared, stranger().set('refresh', 'nonsense')),
  async TOKEN_EXPIRED({ service, caller, call }) {
    const token = caller.jar.get('access') as string
    service.clock.advance(16 * MINUTES)
    return call({ jar: stranger(), headers: bearer(token) })
  },
  COOKIE_AMBIGUOUS: ({ caller, call }) =>
    call({ jar: stranger(), headers: { cookie: `${caller.jar.header()}; access=another; refresh=another` } }),
  async SESSION_ENDED(prepared) {
    const kept = prepared.caller.jar.copy()
    await prepared.service.request({ method: 'POST', url: '/auth/logout' }, prepared.caller.jar)
    return by(prepared, kept)
  },
  async REFRESH_REUSED(prepared) {
    const { service, caller } = prepared
    const stolen = caller.jar.copy()
    await refreshed(prepared)
    service.clock.advance(2 * MINUTES)
    await service.request({ url: '/me' }, caller.jar)
    service.clock.advance(2 * MINUTES)
    return by(prepared, stolen)
  },
  LOGIN_FAILED: (prepared) =>
    takesRefreshToken(prepared)
      ? prepared.call({ body: { grant_type: 'password', username: prepared.email, password: 'wrong' } })
      : prepared.call({ body: { email: prepared.email, password: 'wrong' } }),

  async ACCESS_FORBIDDEN(prepared) {
    const simple = await person(prepared.service, `simple-${++people}`)
    return prepared.call({ jar: simple.jar })
  },
  CROSS_ORIGIN_REFUSED: ({ call }) => call({ headers: { 'sec-fetch-site': 'cross-site' } }),
  async PASSWORD_CHANGE_REQUIRED({ service, caller, call }) {
    await internalsOf(service.app).accounts.changeAccess(caller.id, { passwordChangeRequired: true })
    return call()
  },
  PASSWORD_INCORRECT: ({ call, described }) =>
    call({ body: { currentPassword: 'wrong', ...wantedBy(described) } }),
  async REAUTHENTICATION_REQUIRED({ service, call, described }) {
    service.clock.advance(10 * MINUTES)
    return call({ body: wantedBy(described) })
  },

  async INVALID_REQUEST({ described: { method, operation }, call }) {
    if (method !== 'GET') return call({ body: '{"half": ' })
    const [{ name = '', in: place } = { in: 'query' }] = operation.parameters ?? []
    const wrong = { [name]: 'not/this'.repeat(100) }
    return call(place === 'header' ? { headers: wrong } : { parameters: wrong })
  },
  CLIENT_INVALID: ({ client, call }) => call({ jar: stranger(), headers: basic(client.id, 'wrong') }),
  UNSUPPORTED_GRANT_TYPE: ({ call }) => call({ body: { grant_type: 'client_credentials' } }),
  NOT_FOUND: ({ caller, described, call }) =>
    call({
      parameters: described.path.startsWith('/me')
        ? { id: NOBODY.id }
        : { ...NOBODY, ...(described.path.includes('{id}') && { userId: caller.id }) },
    }),
  ACCOUNT_EXISTS: ({ email, call, described: { path } }) =>
    call({ body: { email, ...(path === '/auth/register' && { password: PASSWORD }) } }),
  async ADDRESS_CHANGED({ service, caller, call }) {
    const email = `moved-${++people}@example.com`
    const change = {
      method: 'POST',
      url: '/me/email',
      payload: { email, currentPassword: PASSWORD },
    } as const
    await service.request(change, caller.jar)
    const token = await loggedToken(service, email, 'confirm-address')
    await service.request({ method: 'POST', url: '/auth/email/confirm', payload: { token } })
    return call({ body: { currentPassword: PASSWORD } })
  },
  async LAST_ADMINISTRATOR({ service, caller, call, described: { method, path } }) {
    const { accounts } = internalsOf(service.app)
    await accounts.changeAccess(caller.id, { role: 'admin' })
    for (const { id } of await accounts.list()) {
      if (id !== caller.id) await accounts.changeAccess(id, { role: 'user' })
    }
    if (method === 'DELETE' && path === '/admin/users/{userId}') {
      const deputy = await person(service, `deputy-${++people}`, DEPUTY)
      return call({ jar: deputy.jar })
    }
    return call({ body: method === 'DELETE' ? { currentPassword: PASSWORD } : { role: 'user' } })
  },
  BODY_TOO_LARGE: ({ call }) => call({ body: JSON.stringify({ much: 'x'.repeat(100_000) }) }),
  UNSUPPORTED_MEDIA_TYPE: ({ call }) => call({ body: '<a/>', headers: { 'content-type': 'text/xml' } }),
  async PASSWORD_REJECTED({ service, described: { path }, email, call }) {
    if (path === '/auth/register')
      return call({ body: { email: `short-${++people}@example.com`, password: 'short' } })
    if (path === '/auth/password/reset')
      return call({ body: { token: await resetTokenFor(service, email), newPassword: 'short' } })
    return call({ body: { currentPassword: PASSWORD, newPassword: 'short' } })
  },
  LINK_INVALID: ({ call }) => call(),
}
