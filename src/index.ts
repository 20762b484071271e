/**
 * The public entry point: the service as a Fastify plugin, and the types and errors of its API.
 * `tacit` is already wrapped by fastify-plugin, so its decorators and guards reach the application.
 * It guards the routes that are declared after it: docs/plugin.md.
 *
 * @example
 * import Fastify from 'fastify'
 * import { readConfig, serverOptions, tacit } from 'tacit-auth'
 *
 * const app = Fastify(serverOptions(readConfig()))
 * await app.register(tacit, { issuer: 'https://app.example.com' })
 * app.get('/me/role', { config: { auth: 'signed-in' } }, async ({ principal }) => principal.role)
 * await app.listen({ port: 3000 })
 */

// The types that plugins add to Fastify (config.auth, request.principal, request.tacit, app.tacit)
// and to the internals.
export type {} from '../plugins/accounts.ts'
export type {} from '../plugins/address-limit.ts'
export type {} from '../plugins/apart.ts'
export type {} from '../plugins/authenticate.ts'
export type {} from '../plugins/browser-session.ts'
export type {} from '../plugins/clients.ts'
export type {} from '../plugins/cookies.ts'
export type {} from '../plugins/cross-origin.ts'
export type {} from '../plugins/database.ts'
export type {} from '../plugins/errors.ts'
export type {} from '../plugins/events.ts'
export type {} from '../plugins/forms.ts'
export type {} from '../plugins/guards.ts'
export type {} from '../plugins/health.ts'
export type {} from '../plugins/introspection.ts'
export type {} from '../plugins/jwt.ts'
export type {} from '../plugins/key-pairs.ts'
export type {} from '../plugins/mail.ts'
export type {} from '../plugins/metrics.ts'
export type {} from '../plugins/openapi.ts'
export type {} from '../plugins/rate-limit.ts'
export type {} from '../plugins/refusals.ts'
export type {} from '../plugins/refused-tokens.ts'
export type {} from '../plugins/revocations.ts'
export type { TacitServices } from '../plugins/services.ts'
export type {} from '../plugins/session-limit.ts'
export type {} from '../plugins/sessions.ts'

export type { ClientRule, Guard, Rule } from './access/guards.ts'
export type { RoleDefinitions } from './access/roles.ts'
export type { Happening, Listener, Listeners } from './audit/listeners.ts'
export { run as runCommandLine } from './cli/program.ts'
export { readConfig } from './config/config.ts'
export { ConfigError } from './config/config-error.ts'
export { AuthError, type AuthErrorCode } from './errors.ts'
export type { MailOptions } from './mail/mail.ts'
export type { MailText, MailTexts, MailValues } from './mail/texts/texts.ts'
export { serverOptions } from './server-options.ts'
export type { Principal } from './sessions/principal.ts'
export type { Account } from './store/account.ts'
export type { SessionInfo } from './store/session-info.ts'
export { ROUTE_GROUPS, type RouteGroup, type TacitOptions, tacit } from './tacit.ts'
export type { RequestFacade } from './wiring/request-facade.ts'
