import { isForUsers } from '../access/admission.ts'
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

/** The part of an OpenAPI document that is completed here. */
export interface Document {
  readonly paths: Readonly<Record<string, Operations>>
}

/**
 * Adds an id, refusals and cookies to each operation. They follow from the route's contract, which
 * the operation carries as `x-contract`. The responses that a route declares are kept.
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
  // A route with a transform of its own has no contract here.
  if (contract === undefined) return operation
  const cookies = contract.cookies || isForUsers(contract.guard)
  const own = Object.entries(responses).map(([status, response]) => [
    status,
    {
      ...response,
      description: descriptionOf(response, status),
      ...(cookies && status.startsWith('2') && { headers: { ...response.headers, 'Set-Cookie': COOKIES } }),
    },
  ])
  return {
    operationId: operationIdOf(method, path),
    ...rest,
    ...(requestBody && { requestBody: { ...requestBody, required: !mayBeLeftOut(requestBody) } }),
    responses: { ...refusalResponses(contract, method.toUpperCase()), ...Object.fromEntries(own) },
  }
}

/**
 * @fastify/swagger marks every body as required. The validator sees a missing body as `null`, so a
 * body is optional if its schema allows `null`.
 */
const mayBeLeftOut = ({ content }: RequestBody): boolean =>
  Object.values(content).some(({ schema }) => schema.anyOf?.some(({ type }) => type === 'null'))

/** @fastify/swagger describes a response without a description as 'Default Response'. */
const descriptionOf = ({ description }: Response, status: string): string =>
  description === 'Default Response' ? (STATUS_CODES[status] ?? description) : description

/** `get /me/sessions/{id}` is `getMeSessionsId`: generated clients use it as a method's name. */
const operationIdOf = (method: string, path: string): string =>
  method + [...path.matchAll(/\w+/g)].map(([word]) => word.charAt(0).toUpperCase() + word.slice(1)).join('')
