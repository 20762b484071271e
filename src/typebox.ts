/**
 * The builders of TypeBox that the schemas use, with TypeBox's own types. TypeBox itself has 373 modules. Loading them was
 * an eighth of the service's start, and of JSON Schema it needs these few lines. test/schemas/typebox.test.ts compares the two.
 */
import type TypeBox from 'typebox'
import type { TSchema } from 'typebox'

type Options = Readonly<Record<string, unknown>>

/** A property with this mark is not required. It is in no JSON. */
const OPTIONAL = '~optional'

const simple =
  (type: string) =>
  (options?: Options): object => ({ type, ...options })

const builders = {
  Boolean: simple('boolean'),
  Integer: simple('integer'),
  Null: simple('null'),
  String: simple('string'),
  Array: (items: object, options?: Options) => ({ type: 'array', items, ...options }),
  Enum: (values: readonly unknown[], options?: Options) => ({ enum: values, ...options }),
  Literal: (value: unknown, options?: Options) => ({ type: typeof value, const: value, ...options }),
  Object(properties: Readonly<Record<string, object>>, options?: Options) {
    const required = Object.keys(properties).filter((name) => !(OPTIONAL in (properties[name] as object)))
    return { type: 'object', ...(required.length > 0 && { required }), properties, ...options }
  },
  Optional: (schema: TSchema) => Object.defineProperty({ ...schema }, OPTIONAL, { value: true }),
  Union: (anyOf: readonly object[], options?: Options) => ({ anyOf, ...options }),
  Unsafe: (schema: TSchema) => schema,
}

const Type = builders as unknown as Pick<typeof TypeBox, keyof typeof builders>

export default Type
