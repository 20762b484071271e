/**
 * Calls every operation as different callers, with valid and invalid input. The status, headers,
 * content type and body of each answer must be as the document declares.
 *
 *   TACIT_RUNS=1000 npx tap --disable-coverage --timeout=0 test/openapi
 *
 * makes that many calls of each operation. A failure prints the seed and the call. TACIT_SEED
 * repeats it.
 */
import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp } from '../support/app.ts'
import {
  type Described,
  type Document,
  documentOf,
  holdTo,
  type Operation,
  operationsOf,
} from '../support/described-api.ts'
import { MAIL_TO_LOG } from '../support/mail-server.ts'
import { seed } from '../support/rounds.ts'
import { callsOf, documentedCalls } from './calls.ts'
import { People } from './people.ts'

const CALLS_OF_EACH = Number(process.env.TACIT_RUNS ?? 40)

/** How the service says that a part of the request is not as its schema has it. */
const REFUSED_BY_SCHEMA = /"message":"(body|params|querystring|headers)\S* must /

/** Whether there is anything to refuse, but for coming too often. */
const canBeRefused = ({ operation }: Described): boolean =>
  Object.keys(operation.responses).some((status) => status.startsWith('4') && status !== '429')

t.test('answers every route as described, for every caller and every input', async (t) => {
  const service = await buildApp(t, { environment: MAIL_TO_LOG })
  const document = await documentOf(service)
  const holder = holdTo(document)
  const people = new People(service)

  for (const [index, described] of operationsOf(document).entries()) {
    const { operation } = described
    const seen = new Set<number>()
    const property = fc.asyncProperty(callsOf(described, holder), async (call) => {
      const response = await people.call(described, call)
      seen.add(Math.floor(response.statusCode / 100))
      holder.hold(operation, response)
      const answer = `${response.statusCode} ${response.body.slice(0, 300)}`
      assert.ok(response.statusCode < 500, answer)
      if (call.fits === true) assert.doesNotMatch(response.body, REFUSED_BY_SCHEMA, answer)
      if (call.fits === false) assert.ok(response.statusCode >= 400, answer)
    })
    const found = await fc.check(property, {
      // Another chance for each: a caller or an input that one operation misses is met by the next.
      seed: seed + index,
      numRuns: CALLS_OF_EACH,
      examples: documentedCalls(described).map((call) => [call]),
      includeErrorInReport: true,
    })
    if (found.failed) t.comment(`TACIT_SEED=${seed}`, fc.defaultReportMessage(found))
    t.notOk(found.failed, operation.operationId)
    t.ok(seen.has(2), `${operation.operationId} lets a caller in`)
    t.equal(seen.has(4), canBeRefused(described), `${operation.operationId} refuses what it should`)
  }
})

t.test('answers a registration as described with EMAIL_VERIFICATION=required', async (t) => {
  const environment = { ...MAIL_TO_LOG, EMAIL_VERIFICATION: 'required' } as const
  const service = await buildApp(t, { environment })
  const document = await documentOf(service)
  const holder = holdTo(document)
  const register = operationsOf(document).find(({ path }) => path === '/auth/register')
    ?.operation as Operation
  t.strictSame(
    ['201', '202', '409'].filter((status) => status in register.responses),
    ['202'],
  )
  const payload = register.requestBody?.content['application/json']?.example as object
  for (const password of [undefined, undefined, 'short']) {
    const response = await service.request({
      ...{ method: 'POST', url: '/auth/register' },
      payload: { ...payload, ...(password && { password }) },
    })
    holder.hold(register, response)
    t.equal(response.statusCode, password ? 422 : 202)
  }
})

t.test('answers as described when a caller is over the limit', async (t) => {
  const service = await buildApp(t, { environment: { ...MAIL_TO_LOG, RATE_LIMIT_MAX: 1 } })
  const holder = holdTo(internalsOf(service.app).openapi() as unknown as Document)
  for (const { method, path, operation } of operationsOf(await documentOf(service))) {
    const url = path.replaceAll(/{\w+}/g, 'x')
    const response = await service.request({ method: method as 'GET', url })
    holder.hold(operation, response)
    t.equal(response.statusCode, 429, operation.operationId)
  }
})

t.test('answers as described during an outage of the database', async (t) => {
  const service = await buildApp(t, { environment: MAIL_TO_LOG })
  const document = await documentOf(service)
  const holder = holdTo(document)
  const people = new People(service)
  await people.signIn()
  await internalsOf(service.app).store.close()
  for (const described of operationsOf(document)) {
    const [call] = documentedCalls(described)
    if (call === undefined) continue
    const response = await people.call(described, call)
    holder.hold(described.operation, response)
    t.not(response.statusCode, 500, `${described.operation.operationId} is ${response.statusCode}`)
  }
})
