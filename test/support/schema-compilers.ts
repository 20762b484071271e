/**
 * The compilers of Fastify for schemas, which remember what they have compiled. Tests build the same
 * application hundreds of times, and compiling its schemas would take a third of that.
 */
import validators from '@fastify/ajv-compiler'
import serializers from '@fastify/fast-json-stringify-compiler'
import type { FastifyServerOptions } from 'fastify'

type Factory = NonNullable<NonNullable<FastifyServerOptions['schemaController']>['compilersFactory']>
type Compile = (route: { readonly schema: unknown }) => unknown

function remembering<Build extends (externalSchemas: never, options: never) => unknown>(build: Build): Build {
  const compiled = new Map<string, unknown>()
  const remember = (externalSchemas: never, options: never): Compile => {
    const scope = JSON.stringify([externalSchemas, options])
    const compile = build(externalSchemas, options) as Compile
    return (route) => {
      const key = `${scope}${JSON.stringify(route.schema)}`
      if (!compiled.has(key)) compiled.set(key, compile(route))
      return compiled.get(key)
    }
  }
  return remember as Build
}

const { buildValidator, buildSerializer } = {
  buildValidator: validators(),
  buildSerializer: serializers.SerializerSelector(),
} as Required<Factory>

export const schemaCompilers = {
  compilersFactory: {
    buildValidator: remembering(buildValidator),
    buildSerializer: remembering(buildSerializer),
  },
}
