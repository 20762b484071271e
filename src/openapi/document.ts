import { STATUS_CODES } from '../http/statuses.ts'
import { COOKIES, type Contract, refusalResponses } from './responses.ts'

interface Response {
  readonly description: string
  readonly headers?: Readonly<Record<string, object>>
}

interface RequestBody {
  readonly required?: boolean
  readonly content: Readonly<
    Record<string, { readonly schema: { readonly anyOf?: readonly { type?: string }[] } }>
  >
}

interface Operation {
  readonly operationId?: string
  readonly requestBody?: RequestBody
  readonly responses: Readonly<Record<string, Response>>
  readonly 'x-contract'?: Contract
}

type Operations = Readonly<Record<string, Operation>>

export interface Document {
  readonly paths: Readonly<Record<string, Operations>>
}

/**
 * Gives each operation a name, and the refusals and cookies that follow from the route's contract, which travels in the
 * operation as `x-contract`. What a route itself declares for a status is left as it is.
 */
export function completed<Whole extends Document>(document: Whole): Whole {
  const paths = Object.entries(document.paths).map(([path, operations]) => {
    const complete = Object.entries(operations).map(([method, operation]) => [
      method,
      completedOperation(operation, method, path),
    ])
    return [path, Object.fromEntries(complete)]
  })
  return { ...document, paths: Object.fromEntries(paths) }
}

function completedOperation(operation: Operation, method: string, path: string): Operation {
  const { 'x-contract': contract, requestBody, responses, ...rest } = operation
  // Not asked to describe it: a route may bring a transform of its own.
  if (contract === undefined) return operation
  const cookies = contract.cookies || contract.guard !== 'public'
  const own = Object.entries(responses).map(([status, response]) => [
    status,
    {
      ...response,
      description: descriptionOf(response, status),
      ...(cookies && status.startsWith('2') && { headers: { ...response.headers, 'Set-Cookie': COOKIES } }),
    },
  ])
  return {
    operationId: nameOf(method, path),
    ...rest,
    ...(requestBody && { requestBody: { ...requestBody, required: !mayBeLeftOut(requestBody) } }),
    responses: { ...refusalResponses(contract, method.toUpperCase()), ...Object.fromEntries(own) },
  }
}

/** @fastify/swagger requires every body. To the validator none is `null`, so a schema that has that among others takes none. */
const mayBeLeftOut = ({ content }: RequestBody): boolean =>
  Object.values(content).some(({ schema }) => schema.anyOf?.some(({ type }) => type === 'null'))

/** @fastify/swagger calls a response that nobody described its default. */
const descriptionOf = ({ description }: Response, status: string): string =>
  description === 'Default Response' ? (STATUS_CODES[status] ?? description) : description

/** `get /me/sessions/{id}` is `getMeSessionsId`, for programs that are generated from the document. */
const nameOf = (method: string, path: string): string =>
  method + [...path.matchAll(/\w+/g)].map(([word]) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
