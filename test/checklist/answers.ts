import { type Answer, parse } from './requests.ts'
import type { Service } from './service.ts'

const known = new WeakMap<Service, Promise<readonly (readonly [what: string, answer: Answer])[]>>()

/** An answer of each kind that there is: good and bad, of a route and of none, data and a page. Asked for once. */
export function everyKindOfAnswer(service: Service) {
  const answers = known.get(service) ?? ask(service)
  known.set(service, answers)
  return answers
}

/** The settings of a service that pages of another origin may call. */
export const TRUSTING = { TRUSTED_ORIGINS: 'https://app.example.com' } as const

/** Every kind of answer, and what a browser is told before a page of another origin may ask. */
export async function everyAnswer(service: Service) {
  const { send } = await service.variant(TRUSTING)
  const headers = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'content-type',
  }
  const preflights: (readonly [string, Answer])[] = []
  for (const origin of [TRUSTING.TRUSTED_ORIGINS, 'https://attacker.example']) {
    for (const path of ['/auth/login', '/me', '/nowhere']) {
      const answer = await send('OPTIONS', path, { headers: { ...headers, origin } })
      preflights.push([`a preflight of ${origin} for ${path}`, answer])
    }
  }
  return [...(await everyKindOfAnswer(service)), ...preflights]
}

async function ask(service: Service): Promise<readonly (readonly [string, Answer])[]> {
  const { send, page } = service
  const { jar } = await service.person()
  const other = await service.person()
  const asked: readonly (readonly [string, ReturnType<typeof send>])[] = [
    ['data', send('GET', '/me', { jar })],
    ['health', send('GET', '/health/live')],
    ['nobody signed in', send('GET', '/me')],
    ['forbidden', send('GET', `/users/${other.id}`, { jar })],
    ['nothing there', send('GET', '/nowhere')],
    ['a path that cannot be decoded', send('GET', '/%E0%A4%A')],
    ['not well formed', send('POST', '/auth/login', { json: { email: 1 } })],
    ['not understood', send('POST', '/auth/login', { form: 'a=b' })],
    ['too large', send('POST', '/auth/login', { json: { email: 'x'.repeat(100_000) } })],
    ['an OAuth refusal', send('POST', '/auth/token', { form: {} })],
    ['a foreign page', send('POST', '/auth/logout', { headers: { 'sec-fetch-site': 'cross-site' } })],
    ['nothing to say', send('POST', '/auth/logout')],
    ['no HTTP', service.exchange('nonsense\r\n\r\n').then(parse)],
    ['a page', page('/')],
    ['the API reference', page('/docs/')],
  ]
  return Promise.all(asked.map(async ([what, answer]) => [what, await answer] as const))
}
