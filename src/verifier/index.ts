/**
 * The entry point for services that only verify access tokens: `createVerifier` for any program, and
 * `tacitVerifier` for Fastify. It loads no database and no native module.
 *
 * @example
 * import { createVerifier } from 'tacit-auth/verifier'
 *
 * const verifier = createVerifier({ issuer: 'https://auth.example.com', audience: 'movies' })
 * const { sub, role } = await verifier.verify(token)
 */
export type { Guard, Rule } from '../access/guards.ts'
export type { RoleDefinitions } from '../access/roles.ts'
export { AuthError, type AuthErrorCode } from '../errors.ts'
export type { AccessClaims } from '../protocol/access-token.ts'
export type {
  FailMode,
  RevocationOptions,
  VerifierAlgorithm,
  VerifierLog,
  VerifierOptions,
} from './options.ts'
export { type TacitVerifierOptions, tacitVerifier } from './plugin.ts'
export type { VerifiedPrincipal } from './principal.ts'
export { createVerifier, type Verifier } from './verifier.ts'
