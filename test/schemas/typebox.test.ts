import t from 'tap'
import TypeBox from 'typebox'
import Type from '../../src/typebox.ts'

type Builders = typeof Type

/** One schema for each builder and each shape of its arguments. */
const schemas = (build: Builders): Readonly<Record<string, object>> => {
  const text = build.String({ minLength: 1, format: 'email', description: 'An address' })
  const inner = build.Object({ flag: build.Boolean() }, { additionalProperties: false })
  return {
    boolean: build.Boolean({ description: 'Whether' }),
    integer: build.Integer({ minimum: 1 }),
    null: build.Null(),
    string: build.String(),
    'string with options': text,
    array: build.Array(inner, { maxItems: 3 }),
    enum: build.Enum(['one', 'two'], { description: 'Which' }),
    'literal text': build.Literal('one'),
    'literal boolean': build.Literal(true, { description: 'Always' }),
    union: build.Union([text, build.Null()], { description: 'Text, or null' }),
    unsafe: build.Unsafe<string | null>({ type: ['string', 'null'], description: 'Text, or null' }),
    'object without properties': build.Object({}),
    'object with optional properties alone': build.Object({ text: build.Optional(text) }),
    'object with both': build.Object(
      {
        id: build.Integer(),
        text: build.Optional(text),
        inner,
        union: build.Optional(build.Union([inner, text])),
      },
      { additionalProperties: false, examples: [{ id: 1 }] },
    ),
    'optional alone': build.Optional(text),
    'optional in an array': build.Array(build.Optional(text)),
  }
}

const asJson = (value: object): unknown => JSON.parse(JSON.stringify(value))

t.test('builds the JSON Schema that TypeBox builds', async (t) => {
  const used = new Set<PropertyKey>()
  const watched = new Proxy(Type, {
    get(target, name) {
      used.add(name)
      return Reflect.get(target, name)
    },
  })
  const own = schemas(watched)
  for (const [name, schema] of Object.entries(schemas(TypeBox))) {
    t.strictSame(asJson(own[name] as object), asJson(schema), name)
    t.strictSame(Object.keys(own[name] as object).sort(), Object.keys(schema).sort(), `${name}: its names`)
  }
  t.strictSame([...used].sort(), Object.keys(Type).sort(), 'each builder is compared')
})

t.test('leaves a schema as it is when it makes it optional', async (t) => {
  const text = Type.String()
  Type.Optional(text)
  t.strictSame(asJson(Type.Object({ text })), {
    type: 'object',
    required: ['text'],
    properties: { text: { type: 'string' } },
  })
})
