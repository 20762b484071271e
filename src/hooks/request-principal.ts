/**
 * The type of `request.principal`. The service and the verifier set different principals, and
 * Fastify has one type for a request. A program that imports both sees the principal of the
 * service.
 */

/** The principal of each face of the package. Each plugin declares its own. */
export interface PrincipalOfFace {
  readonly none?: never
}

export type RequestPrincipal = PrincipalOfFace extends { service: infer Principal }
  ? Principal
  : PrincipalOfFace extends { verifier: infer Principal }
    ? Principal
    : never

declare module 'fastify' {
  interface FastifyRequest {
    /** The caller. Set on every route that is not public, and null elsewhere. */
    principal: RequestPrincipal
  }
}
