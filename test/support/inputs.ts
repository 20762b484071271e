import fc, { type Arbitrary } from 'fast-check'

/** The keywords of JSON Schema that the document uses. */
export interface Schema {
  readonly type?: string
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: boolean
  readonly minProperties?: number
  readonly items?: Schema
  readonly minItems?: number
  readonly maxItems?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly pattern?: string
  readonly format?: string
  readonly minimum?: number
  readonly maximum?: number
}

/** Keywords that do not narrow a value, or that the code below handles. */
const KNOWN = new Set(
  'type const enum anyOf properties required additionalProperties minProperties items minItems maxItems minLength maxLength pattern format minimum maximum title description default example examples'.split(
    ' ',
  ),
)

const LONGEST = 60

const formats: Readonly<Record<string, () => Arbitrary<string>>> = {
  email: () => fc.emailAddress(),
  uuid: () => fc.uuid(),
  'date-time': () => fc.date({ noInvalidDate: true }).map((date) => date.toISOString()),
}

/** Values that a schema allows. An unknown keyword is an error. */
export function valid(schema: Schema): Arbitrary<unknown> {
  const unknown = Object.keys(schema).filter((key) => !KNOWN.has(key) && !key.startsWith('x-'))
  if (unknown.length > 0) throw new TypeError(`no values are made yet for ${unknown.join(', ')}`)
  if (schema.const !== undefined) return fc.constant(schema.const)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(valid))
  switch (schema.type) {
    case 'string':
      return text(schema)
    case 'boolean':
      return fc.boolean()
    case 'null':
      return fc.constant(null)
    case 'integer':
      return fc.integer({ min: schema.minimum ?? -1e6, max: schema.maximum ?? 1e6 })
    case 'array':
      return fc.array(valid(schema.items ?? {}), {
        minLength: schema.minItems ?? 0,
        maxLength: schema.maxItems ?? 5,
      })
    case 'object':
      return fc
        .record(
          Object.fromEntries(
            Object.entries(schema.properties ?? {}).map(([name, part]) => [name, valid(part)]),
          ),
          { requiredKeys: [...(schema.required ?? [])], noNullPrototype: true },
        )
        .filter((object) => Object.keys(object).length >= (schema.minProperties ?? 0))
    case undefined:
      return fc.jsonValue({ maxDepth: 2 })
    default:
      throw new TypeError(`no values are made yet for the type ${schema.type}`)
  }
}

function text({
  pattern,
  format,
  minLength: fewest = 0,
  maxLength: most = LONGEST,
}: Schema): Arbitrary<string> {
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern, 'u'))
  const special = formats[format ?? '']?.()
  if (special !== undefined) return special
  const length = { minLength: fewest, maxLength: Math.min(most, fewest + LONGEST) }
  // Counted in code points, as JSON Schema does.
  return fc.oneof(fc.string({ ...length, unit: 'binary-ascii' }), fc.string({ ...length, unit: 'binary' }))
}

/** Values near those that a schema allows, and mostly outside: a validator decides. */
export function spoilt(schema: Schema): Arbitrary<unknown> {
  if (schema.anyOf !== undefined) return fc.oneof(...schema.anyOf.map(spoilt))
  const { properties = {} } = schema
  const names = Object.keys(properties)
  const junk = fc.oneof(
    fc.jsonValue({ maxDepth: 2 }),
    fc.constantFrom('', '\0', 'x'.repeat((schema.maxLength ?? 1_024) + 1), -1, 1e21, '__proto__'),
  )
  if (names.length === 0) return junk
  const object = valid(schema) as Arbitrary<Record<string, unknown>>
  const name = fc.constantFrom(...names)
  const part = name.chain((of) => spoilt(properties[of] as Schema).map((value) => [of, value] as const))
  return fc.oneof(
    {
      weight: 3,
      arbitrary: fc.tuple(object, part).map(([whole, [of, value]]) => ({ ...whole, [of]: value })),
    },
    fc.tuple(object, name).map(([whole, of]) => without(whole, of)),
    fc.tuple(object, fc.string(), junk).map(([whole, of, value]) => ({ ...whole, [`x${of}`]: value })),
    junk,
  )
}

const without = (object: Record<string, unknown>, name: string): object =>
  Object.fromEntries(Object.entries(object).filter(([key]) => key !== name))
