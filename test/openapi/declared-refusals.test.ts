/** Each refusal that a route declares can be caused: one that no call causes may be out of date. */
import t, { type Test } from 'tap'
import type { Guard } from '../../src/access/guards.ts'
import type { AuthErrorCode } from '../../src/errors.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, type TestApp } from '../support/app.ts'
import { type Described, type Document, operationsOf } from '../support/described-api.ts'
import { Jar } from '../support/jar.ts'
import { MAIL_TO_LOG } from '../support/mail-server.ts'
import { causes, type Prepared, prepare, ROLES } from './causes.ts'

/** Those that take more than a call, with the test that brings them about. */
const ELSEWHERE: Readonly<Partial<Record<AuthErrorCode, string>>> = {
  REFRESH_LATE: 'an upload that is overtaken: test/system/rotation/limits.test.ts',
  SERVER_BUSY: 'an event loop that is late: test/plugins/under-pressure.test.ts',
  INTERNAL: 'an unexpected error: test/plugins/errors.test.ts',
}

type Answer = Awaited<ReturnType<Prepared['call']>>

const codesOf = ({ operation }: Described): [AuthErrorCode, value: unknown][] =>
  Object.values(operation.responses).flatMap(({ content }) =>
    Object.entries(content?.['application/json']?.examples ?? {})
      .filter(([code]) => /^[A-Z_]+$/.test(code))
      .map(([code, { value }]): [AuthErrorCode, unknown] => [code as AuthErrorCode, value]),
  )

/** Whether an answer is the refusal of the example, whatever its message. */
function isThat(t: Test, answer: Answer, value: unknown, title: string): void {
  const { statusCode, code, error } = value as Record<string, unknown>
  const body = answer.body === '' ? {} : answer.json()
  t.match(
    { ...body, statusCode: answer.statusCode },
    code === undefined ? { error } : { statusCode, code },
    title,
  )
}

const declares = (code: AuthErrorCode) => (described: Described) =>
  codesOf(described).some(([declared]) => declared === code)

/** Calls every operation that declares a code, and holds its answer to that. */
async function holds(
  t: Test,
  all: readonly Described[],
  code: AuthErrorCode,
  provoke: Provoke,
): Promise<void> {
  for (const described of all.filter(declares(code))) {
    const answer = await provoke(described)
    const [, value] = codesOf(described).find(([declared]) => declared === code) ?? []
    isThat(t, answer, value, `${described.method} ${described.path} ${code}`)
  }
}

type Provoke = (described: Described) => Promise<Answer>

function isForClientsAlone({ operation }: Described): boolean {
  const guard = operation['x-guard'] as Guard
  return typeof guard === 'object' && 'client' in guard && guard.or === undefined
}

const described = ({ app }: TestApp): Described[] =>
  operationsOf(internalsOf(app).openapi() as unknown as Document)

t.test('causes each declared refusal', async (t) => {
  const service = await buildApp(t, { roles: ROLES, environment: MAIL_TO_LOG })
  for (const [code, cause] of Object.entries(causes)) {
    await holds(t, described(service), code as AuthErrorCode, async (one) =>
      cause(await prepare(service, one)),
    )
  }
})

t.test('causes the refusals over a limit', async (t) => {
  const service = await buildApp(t, { environment: { RATE_LIMIT_MAX: 1 } })
  await service.request({ url: '/health/live' })
  await holds(t, described(service), 'RATE_LIMITED', ({ method, path }) =>
    service.request({ method: method as 'GET', url: path }),
  )
})

t.test('causes the refusals of an outage', async (t) => {
  const service = await buildApp(t, { environment: MAIL_TO_LOG })
  const prepared = new Map<string, Prepared>()
  const nameOf = ({ method, path }: Described) => `${method} ${path}`
  for (const one of described(service)) prepared.set(nameOf(one), await prepare(service, one))
  await internalsOf(service.app).store.close()
  await holds(t, described(service), 'STORE_UNAVAILABLE', (one) => {
    const { call, client } = prepared.get(nameOf(one)) as Prepared
    return isForClientsAlone(one) ? call({ jar: new Jar(), headers: client.headers }) : call()
  })
})

t.test('causes the refusals of closed registration', async (t) => {
  const service = await buildApp(t, { environment: { REGISTRATION: 'closed' } })
  const payload = { email: 'ada@example.com', password: PASSWORD }
  await holds(t, described(service), 'REGISTRATION_CLOSED', ({ path }) =>
    service.request({ method: 'POST', url: path, payload }),
  )
})

t.test('causes the refusals of a service without mail', async (t) => {
  const service = await buildApp(t)
  await holds(t, described(service), 'MAIL_OFF', async (one) => (await prepare(service, one)).call())
})

t.test('declares no refusal without a cause', async (t) => {
  const declared = new Set(
    described(await buildApp(t))
      .flatMap(codesOf)
      .map(([code]) => code),
  )
  const circumstances: readonly AuthErrorCode[] = [
    ...(['RATE_LIMITED', 'STORE_UNAVAILABLE', 'REGISTRATION_CLOSED', 'MAIL_OFF'] as const),
  ]
  const known = [...Object.keys(causes), ...Object.keys(ELSEWHERE), ...circumstances]
  t.strictSame([...declared].toSorted(), known.toSorted())
})
