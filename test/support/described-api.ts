import assert from 'node:assert/strict'
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import addFormats from 'ajv-formats'
import type { LightMyRequestResponse } from 'fastify'
import type { TestApp } from './app.ts'
import type { Schema } from './inputs.ts'

export interface Media {
  readonly schema: Schema
  readonly example?: unknown
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>
}

type Content = Readonly<Record<string, Media>>

interface DeclaredResponse {
  readonly description: string
  readonly headers?: Readonly<Record<string, { readonly required?: boolean; readonly schema: Schema }>>
  readonly content?: Content
}

export interface Parameter {
  readonly in: 'path' | 'query' | 'header'
  readonly name: string
  readonly required?: boolean
  readonly schema: Schema
  readonly example?: unknown
}

export interface Operation {
  readonly operationId: string
  readonly description: string
  readonly security: readonly Readonly<Record<string, readonly string[]>>[]
  readonly parameters?: readonly Parameter[]
  readonly requestBody?: { readonly required: boolean; readonly content: Content }
  readonly responses: Readonly<Record<string, DeclaredResponse>>
  readonly 'x-guard': unknown
}

export interface Described {
  readonly method: string
  readonly path: string
  readonly operation: Operation
}

export interface Document {
  readonly servers: readonly object[]
  readonly components: { readonly securitySchemes: object }
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>
}

/** The document, as it is published. */
export const documentOf = async ({ request }: TestApp): Promise<Document> =>
  (await request({ url: '/docs/openapi.json' })).json()

export const operationsOf = ({ paths }: Document): Described[] =>
  Object.entries(paths).flatMap(([path, methods]) =>
    Object.entries(methods).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  )

/** Headers by which a client acts: one that is sent must be declared. */
const TELLING = ['set-cookie', 'www-authenticate', 'retry-after', 'location', 'etag', 'content-disposition']

export interface Holder {
  /** Throws unless a value fits a schema of the document. */
  matches(schema: Schema, value: unknown): boolean
  /** Throws unless the operation declares the answer. */
  hold(operation: Operation, response: LightMyRequestResponse): void
}

/** Compares answers with the document. */
export function holdTo(document: Document): Holder {
  const ajv = new Ajv2020({ strict: false, validateSchema: false })
  addFormats.default(ajv)
  ajv.addSchema(document, 'openapi')
  const compiled = new Map<Schema, ValidateFunction>()
  const validatorOf = (schema: Schema): ValidateFunction => {
    const known = compiled.get(schema) ?? ajv.compile(absolute(schema))
    compiled.set(schema, known)
    return known
  }

  const holder: Holder = {
    matches: (schema, value) => validatorOf(schema)(value) as boolean,
    hold(operation, response) {
      const status = String(response.statusCode)
      const seen = `${operation.operationId} answered ${status} ${response.body.slice(0, 300)}`
      const declared = operation.responses[status]
      assert.ok(declared, `${seen}: the status is not declared`)

      const declaredHeaders = Object.entries(declared.headers ?? {})
      for (const [name, { required, schema }] of declaredHeaders) {
        const value = response.headers[name.toLowerCase()]
        assert.ok(value !== undefined || required !== true, `${seen}: ${name} is missing`)
        for (const line of value === undefined ? [] : [value].flat()) {
          const typed = schema.type === 'integer' ? Number(line) : line
          assert.ok(holder.matches(schema, typed), `${seen}: ${name} is ${line}`)
        }
      }
      const names = declaredHeaders.map(([name]) => name.toLowerCase())
      for (const name of TELLING.filter((telling) => response.headers[telling] !== undefined)) {
        assert.ok(names.includes(name), `${seen}: ${name} is not declared`)
      }

      const type = String(response.headers['content-type'] ?? '').split(';')[0] as string
      if (declared.content === undefined) {
        assert.equal(response.body, '', `${seen}: a body is not declared`)
        return
      }
      const media = declared.content[type]
      assert.ok(media, `${seen}: the type ${type} is not declared`)
      const validate = validatorOf(media.schema)
      const body = type === 'application/json' ? response.json() : response.body
      assert.ok(validate(body), `${seen}: ${ajv.errorsText(validate.errors)}`)
    },
  }
  return holder
}

/** The schema with references that name the document, so that it can be compiled apart from it. */
const absolute = (schema: Schema): object =>
  JSON.parse(JSON.stringify(schema).replaceAll('"$ref":"#/', '"$ref":"openapi#/'))
