import { text } from 'node:stream/consumers'
import type { LightMyRequestResponse } from 'fastify'
import { internalsOf } from '../../src/wiring/internals.ts'
import { PASSWORD, signUp, type TestApp } from '../support/app.ts'
import { basic, type ClientCredentials, registerClient } from '../support/clients.ts'
import type { Described } from '../support/described-api.ts'
import type { Jar } from '../support/jar.ts'
import { loggedToken, resetTokenFor, undoTokenFor } from '../support/mail-server.ts'
import type { Body, Call, Caller } from './calls.ts'

interface Person {
  readonly email: string
  readonly userId: string
  readonly sid: string
  readonly jar: Jar
}

/** The operations that use a mailed link. */
const LINK_PATHS = ['/auth/password/reset', '/auth/email/confirm', '/auth/email/undo']

type Right = (name: string, index: number, value: unknown) => unknown

/** Makes calls as the people they are made by, whom it keeps signed in. */
export class People {
  readonly #service: TestApp
  readonly #signedIn = new Map<string, Person>()
  #client: ClientCredentials | undefined
  /** Tokens by path and address: an address gets three mails an hour. */
  readonly #links = new Map<string, string>()
  #number = 0

  constructor(service: TestApp) {
    this.#service = service
  }

  /** Signs callers in before the first call. */
  async signIn(): Promise<void> {
    await this.#signedInAs('user')
    this.#client = await registerClient(this.#service)
  }

  async call({ method, path, operation }: Described, call: Call): Promise<LightMyRequestResponse> {
    const user = await this.#signedInAs('user')
    const caller = call.caller === 'administrator' ? await this.#signedInAs('admin') : user
    const known: Readonly<Record<string, unknown>> = {
      ...this.#known(caller, user, path),
      ...(await this.#link(caller, path)),
    }
    const right: Right = (name, index, value) =>
      call.known[index % call.known.length] === true ? (known[name] ?? value) : value

    if (call.caller === 'user who was signed out elsewhere') {
      await this.#service.request({ method: 'POST', url: '/auth/logout' }, caller.jar.copy())
      this.#signedIn.clear()
    }
    if (call.caller === 'user who signed in long ago' || call.caller.endsWith('that has expired')) {
      this.#service.clock.advance(internalsOf(this.#service.app).config.accessTtlSeconds + 1)
      this.#signedIn.clear()
    }

    this.#client ??= await registerClient(this.#service)
    const { headers, jar } = as(call.caller, caller.jar.copy(), this.#client)
    const body = method === 'GET' ? undefined : call.body
    const parameters = operation.parameters ?? []
    const isStream = 'text/event-stream' in (operation.responses['200']?.content ?? {})
    const answer = await this.#service.request(
      {
        method: method as 'POST',
        url: addressOf(path, parameters, call.parameters, right),
        headers: {
          ...headers,
          ...headersOf(parameters, call.parameters),
          ...(body && { 'content-type': body.type }),
        },
        ...(body && { payload: payloadOf(body, right) }),
        ...(isStream && { payloadAsStream: true }),
      },
      jar,
    )
    const response = isStream ? await beginningOf(answer) : answer
    // A read or a refusal does not change its caller.
    if (method !== 'GET' && response.statusCode < 300) this.#signedIn.clear()
    return response
  }

  async #signedInAs(role: 'user' | 'admin'): Promise<Person> {
    const known = this.#signedIn.get(role)
    if (known !== undefined) return known
    const email = `${role}-${this.#number++}@example.com`
    const jar = await signUp(this.#service, email)
    const account = await internalsOf(this.#service.app).accounts.findByEmail(email)
    if (role === 'admin' && account) await internalsOf(this.#service.app).accounts.setRole(account, role)
    const { user, session } = (await this.#service.request({ url: '/me' }, jar)).json()
    const person = { email, userId: user.id, sid: session.id, jar }
    this.#signedIn.set(role, person)
    return person
  }

  /** The token of a link that was mailed to the caller, until one is used. */
  async #link(caller: Person, path: string): Promise<{ token?: string }> {
    if (!LINK_PATHS.includes(path)) return {}
    const key = `${path} ${caller.email}`
    const token = this.#links.get(key) ?? (await this.#mailed(path, caller))
    this.#links.set(key, token)
    return { token }
  }

  #mailed(path: string, { email, jar }: Person): Promise<string> {
    if (path === '/auth/email/undo') return undoTokenFor(this.#service, email, jar)
    return path === '/auth/password/reset'
      ? resetTokenFor(this.#service, email)
      : loggedToken(this.#service, email, 'confirm-address')
  }

  /** Values that are right for a caller. Administrators act on another account than their own. */
  #known(caller: Person, user: Person, path: string): Readonly<Record<string, unknown>> {
    const unused = `newcomer-${this.#number++}@example.com`
    return {
      email: ['/auth/register', '/admin/users', '/me/email'].includes(path) ? unused : caller.email,
      username: caller.email,
      password: PASSWORD,
      currentPassword: PASSWORD,
      newPassword: `${PASSWORD}, and another`,
      grant_type: this.#number % 2 === 0 ? 'password' : 'refresh_token',
      refresh_token: caller.jar.get('refresh'),
      token: caller.jar.get(this.#number % 2 === 0 ? 'access' : 'refresh'),
      userId: user.userId,
      id: path.includes('{userId}') ? user.sid : caller.sid,
    }
  }
}

/** The ways in which a caller authenticates. */
function as(
  caller: Caller,
  jar: Jar,
  client: ClientCredentials,
): { headers: Record<string, string>; jar?: Jar } {
  switch (caller) {
    case 'user':
    case 'administrator':
    case 'user who signed in long ago':
    case 'user who was signed out elsewhere':
      return { headers: {}, jar }
    case 'user whose access token is gone':
      jar.delete('access')
      return { headers: {}, jar }
    case 'user with a bearer token':
    case 'user with a bearer token that has expired':
      return { headers: { authorization: `Bearer ${jar.get('access')}` } }
    case 'a caller without credentials':
      return { headers: {} }
    case 'a caller with nonsense for cookies':
      return { headers: { cookie: 'access=nonsense; refresh=nonsense' } }
    case 'a caller with two cookies of one name':
      return { headers: { cookie: `${jar.header()}; access=another; refresh=another` } }
    case 'a caller with nonsense for a bearer token':
      return { headers: { authorization: 'Bearer nonsense' } }
    case 'a caller with a bearer token that cannot be read':
      return { headers: { authorization: 'Bearer with spaces in it' } }
    case 'a foreign page':
      return { headers: { 'sec-fetch-site': 'cross-site' }, jar }
    case 'a registered client':
      return { headers: client.headers }
    case 'a client with a wrong secret':
      return { headers: basic(client.id, 'wrong') }
  }
}

function addressOf(
  path: string,
  parameters: NonNullable<Described['operation']['parameters']>,
  given: Call['parameters'],
  right: Right,
): string {
  const query = new URLSearchParams()
  let url = path
  for (const [index, { name, in: place }] of parameters.entries()) {
    if (place === 'header' || !(name in given)) continue
    const value = String(right(name, index, given[name]))
    if (place === 'path') url = url.replace(`{${name}}`, () => encodeURIComponent(value))
    else query.append(name, value)
  }
  return query.size === 0 ? url : `${url}?${query}`
}

const headersOf = (
  parameters: NonNullable<Described['operation']['parameters']>,
  given: Call['parameters'],
) =>
  Object.fromEntries(
    parameters
      .filter(({ name, in: place }) => place === 'header' && name in given)
      // A header holds less than a string: the rest is sent as a browser encodes it.
      .map(({ name }) => [name, encodeURIComponent(String(given[name]))]),
  )

/** Reads the first part of a stream that does not end, or all of another answer. */
async function beginningOf(answer: LightMyRequestResponse): Promise<LightMyRequestResponse> {
  const stream = answer.stream()
  const { statusCode, headers } = answer
  const body = statusCode === 200 ? await firstPart(stream) : await text(stream)
  return { statusCode, headers, body, json: () => JSON.parse(body) } as LightMyRequestResponse
}

async function firstPart(stream: AsyncIterable<Buffer>): Promise<string> {
  for await (const part of stream) return part.toString()
  return ''
}

function payloadOf({ type, value, text }: Body, right: Right): string {
  if (text !== undefined) return text
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return JSON.stringify(value)
  const properties = Object.entries(value).map(([name, of], index) => [name, right(name, index, of)] as const)
  if (!type.endsWith('urlencoded')) return JSON.stringify(Object.fromEntries(properties))
  const form = new URLSearchParams()
  for (const [name, of] of properties) form.append(name, String(of))
  return form.toString()
}
