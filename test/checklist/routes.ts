import type { Service } from './service.ts'

export interface Route {
  readonly method: string
  /** With parameters that name nothing. */
  readonly path: string
  /** Whether it says that one has to be signed in. */
  readonly guarded: boolean
  /** Whether it says that being signed in is not enough. */
  readonly forbidden: boolean
  /** What may be written with it. */
  readonly writes: readonly string[]
  /** A body of the right form, where it takes one. */
  readonly body: object | undefined
}

interface BodySchema {
  readonly properties?: object
  readonly anyOf?: readonly BodySchema[]
}

interface Operation {
  readonly security?: readonly object[]
  readonly responses?: Readonly<Record<string, { readonly description: string }>>
  readonly requestBody?: {
    readonly content: Record<
      string,
      { schema: BodySchema; example?: object; examples?: Readonly<Record<string, { value: object }>> }
    >
  }
}

const PARAMETERS: Readonly<Record<string, string>> = {
  '{userId}': '019bc186-de00-738c-b587-e5f65ab95d6c',
  '{id}': 'AAAAAAAAAAAAAAAAAAAAAA',
}

/** A route of the tests' own server, which never answers. */
const NEVER = '/never'

/** Every route, as the service describes itself. */
export async function routesOf({ page }: Service): Promise<Route[]> {
  const { paths } = (await page('/docs/openapi.json')).json<{
    paths: Record<string, Record<string, Operation>>
  }>()
  const described = Object.entries(paths).filter(([template]) => template !== NEVER)
  return described.flatMap(([template, operations]) =>
    Object.entries(operations).map(([method, { security = [], responses = {}, requestBody }]) => ({
      method: method.toUpperCase(),
      path: template.replace(/\{\w+\}/g, (name) => PARAMETERS[name] ?? 'x'),
      guarded: security.length > 0,
      forbidden: responses['403']?.description.includes('Insufficient permissions') ?? false,
      writes: Object.values(requestBody?.content ?? {}).flatMap(({ schema }) => propertiesOf(schema)),
      body: requestBody && bodyOf(requestBody),
    })),
  )
}

function bodyOf({ content }: NonNullable<Operation['requestBody']>): object {
  const { example, examples = {} } = content['application/json'] ?? {}
  return example ?? Object.values(examples)[0]?.value ?? {}
}

const propertiesOf = ({ properties = {}, anyOf = [] }: BodySchema): string[] => [
  ...Object.keys(properties),
  ...anyOf.flatMap(propertiesOf),
]
