/** Calls of an operation by different callers, with input that fits its description or does not. */
import fc, { type Arbitrary } from 'fast-check'
import type { Described, Holder, Media, Parameter } from '../support/described-api.ts'
import { spoilt, valid } from '../support/inputs.ts'

export const callers = [
  'user',
  'user whose access token is gone',
  'user who signed in long ago',
  'user who was signed out elsewhere',
  'user with a bearer token',
  'user with a bearer token that has expired',
  'administrator',
  'a caller without credentials',
  'a caller with nonsense for cookies',
  'a caller with two cookies of one name',
  'a caller with nonsense for a bearer token',
  'a caller with a bearer token that cannot be read',
  'a foreign page',
  'a registered client',
  'a client with a wrong secret',
] as const

export type Caller = (typeof callers)[number]

export interface Body {
  readonly type: string
  readonly value?: unknown
  /** Sent as it is, in place of a value. */
  readonly text?: string
}

export interface Call {
  readonly caller: Caller
  readonly parameters: Readonly<Record<string, unknown>>
  readonly body: Body | undefined
  /** Which properties are given the value that is right for the caller, by their order. */
  readonly known: readonly boolean[]
  /** Whether the description lets the input through; null where it does not say. */
  readonly fits: boolean | null
}

const SOMETIMES = fc.array(fc.boolean(), { minLength: 8, maxLength: 8 })

/** Mostly callers with the right: others are refused before the input matters. */
const caller: Arbitrary<Caller> = fc.oneof(
  fc.constantFrom<Caller>('user', 'administrator', 'a registered client'),
  fc.constantFrom(...callers),
)

export function callsOf({ method, operation }: Described, { matches }: Holder): Arbitrary<Call> {
  const { parameters = [], requestBody } = operation
  const media = Object.entries(requestBody?.content ?? {})
  const fitting: Arbitrary<Call> = fc.record({
    caller,
    known: SOMETIMES,
    fits: fc.constant(true),
    parameters: values(parameters, ({ schema }) => valid(schema)),
    body: fc.oneof(...media.map(fittingBody), ...(requestBody?.required ? [] : [fc.constant(undefined)])),
  })
  /** The same call with something in it that does not fit. */
  const but = (wrong: Arbitrary<Partial<Call>>): Arbitrary<Call> =>
    fc.tuple(fitting, wrong).map(([call, part]) => ({
      ...call,
      known: [],
      fits: false,
      ...part,
      parameters: { ...call.parameters, ...part.parameters },
    }))

  const beside: Arbitrary<Call>[] = []
  for (const [type, { schema }] of media) {
    if (type !== 'application/json') continue
    const wrong = spoilt(schema).filter((value) => !matches(schema, value))
    beside.push(but(wrong.map((value) => ({ body: { type, value } }))))
  }
  const narrow = parameters.filter(({ schema }) => schema.pattern ?? schema.format ?? schema.enum)
  if (narrow.length > 0) {
    const wrong = values(narrow, ({ schema }) =>
      fc.string({ minLength: 3 }).filter((v) => !matches(schema, v)),
    )
    const some = wrong.filter((all) => Object.keys(all).length > 0)
    beside.push(but(some.map((all) => ({ parameters: all }))))
  }
  if (method !== 'GET') {
    const mayBeNone = requestBody?.required === false
    const either = (body: Body) => media.length === 0 || body === HARMLESS || (mayBeNone && body === NOTHING)
    const odd = fc.constantFrom(...oddBodies)
    beside.push(but(odd.map((body) => ({ body, fits: either(body) ? null : false }))))
  }
  return fc.oneof({ weight: 3, arbitrary: fitting }, ...beside)
}

/**
 * Calls that every run makes: the documented one by callers with the right, and two that are
 * refused.
 */
export function documentedCalls({ method, operation }: Described): Call[] {
  const { parameters = [], requestBody } = operation
  const [type = '', media] = Object.entries(requestBody?.content ?? {})[0] ?? []
  const call = {
    known: [true],
    fits: true,
    parameters: Object.fromEntries(
      parameters.filter(({ required }) => required).map(({ name, example }) => [name, example]),
    ),
    body: media && { type, value: media.example },
  }
  const half = { ...call, body: oddBodies[1], fits: false }
  return [
    { ...call, caller: 'user' },
    { ...call, caller: 'user whose access token is gone' },
    { ...call, caller: 'administrator' },
    { ...call, caller: 'a caller without credentials' },
    { ...call, caller: 'a registered client' },
    ...(method === 'GET' ? [] : [{ ...half, caller: 'user' } as const]),
  ]
}

function fittingBody([type, { schema, example }]: [string, Media]): Arbitrary<Body> {
  const documented = example === undefined ? [] : [fc.constant(example)]
  return fc.oneof(valid(schema), ...documented).map((value) => ({ type, value }))
}

const HARMLESS: Body = { type: 'application/json', text: '{}' }
const NOTHING: Body = { type: 'application/json', text: '' }

/** Properties that no schema describes. */
const oddBodies: readonly Body[] = [
  HARMLESS,
  { type: 'application/json', text: '{"half": ' },
  NOTHING,
  { type: 'application/json', text: '{"__proto__": {}}' },
  { type: 'application/json', text: JSON.stringify({ much: 'x'.repeat(100_000) }) },
  { type: 'text/plain', text: 'text' },
  { type: 'text/xml', text: '<a/>' },
  { type: 'application/x-www-form-urlencoded', text: 'a=1' },
]

const values = (
  parameters: readonly Parameter[],
  of: (parameter: Parameter) => Arbitrary<unknown>,
): Arbitrary<Record<string, unknown>> =>
  fc.record(Object.fromEntries(parameters.map((parameter) => [parameter.name, of(parameter)])), {
    requiredKeys: parameters.filter(({ required }) => required).map(({ name }) => name),
    noNullPrototype: true,
  })
