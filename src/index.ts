/**
 * The public face: the service as a Fastify plugin, for an application of one's own, and what such an application needs to
 * guard its routes, name its roles and understand refusals. Wrap it in fastify-plugin, so that its guards hold for the
 * routes around it.
 */
export type { Guard, Rule } from './accounts/guards.ts'
export type { RoleDefinitions } from './accounts/roles.ts'
export { type AppOptions, default as tacit, serverOptions } from './app.ts'
export { run as runCommandLine } from './cli/program.ts'
export { readConfig } from './config.ts'
export { ConfigError } from './config-error.ts'
export { AuthError, type AuthErrorCode } from './errors.ts'
export type { Principal } from './sessions/principals.ts'
