import type { Static, TSchema, TUnsafe } from 'typebox'
import Type from '../typebox.ts'

/**
 * For answers: a value of this schema, or null. A union would make the serializer of each answer compile a validator at the
 * start, and check the value with it in each answer.
 */
export const orNull = <const Schema extends TSchema & { readonly type: string }>(
  schema: Schema,
  options: { readonly description?: string } = {},
): TUnsafe<Static<Schema> | null> =>
  Type.Unsafe<Static<Schema> | null>({ ...schema, ...options, type: [schema.type, 'null'] })
