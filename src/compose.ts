/**
 * Loads plugins/, which connect the core to Fastify, then routes/, whose folders are their paths.
 */
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import autoload from '@fastify/autoload'
import type { FastifyInstance } from 'fastify'
import type { AccountsOptions } from '../plugins/accounts.ts'
import type { ClockOptions } from '../plugins/clock.ts'
import type { EnvOptions } from '../plugins/env.ts'
import type { EventsOptions } from '../plugins/events.ts'
import type { MailPluginOptions } from '../plugins/mail.ts'
import type { MetricsOptions } from '../plugins/metrics.ts'
import type { PageFilesOptions } from '../plugins/page-files.ts'
import type { RequestCountsOptions } from '../plugins/request-counts.ts'
import type { RolesOptions } from '../plugins/roles.ts'
import type { SessionsPluginOptions } from '../plugins/sessions.ts'
import { createInternals } from './wiring/internals.ts'
import type { ServiceScope } from './wiring/scope.ts'

type Undefinable<Options> = { [Name in keyof Options]: Options[Name] | undefined }

export interface ComposeOptions
  extends Undefinable<
    EnvOptions &
      ClockOptions &
      RolesOptions &
      PageFilesOptions &
      AccountsOptions &
      EventsOptions &
      MailPluginOptions &
      MetricsOptions &
      RequestCountsOptions &
      SessionsPluginOptions
  > {
  /** Whether a route file such as `/auth/token.ts` is loaded. By default every file is. */
  readonly isMounted?: (path: string) => boolean
}

const folder = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))

/**
 * Plugins whose effect covers every route of the scope that loads them, also the application's
 * routes.
 */
const SCOPED_PLUGINS = [
  ...['cors', 'errors', 'helmet', 'json', 'openapi', 'page-files', 'server-timing', 'under-pressure'],
]

const isScoped = (path: string): boolean => SCOPED_PLUGINS.includes(basename(path).replace(/\.\w+$/, ''))

/** Loads the service as the whole application. */
export async function compose(
  app: FastifyInstance,
  options: ComposeOptions,
  scope: ServiceScope,
): Promise<void> {
  createInternals(app, scope)
  await loadPlugins(app, options)
  await loadRoutes(app, options)
}

/**
 * Loads the service into its own scope within an application.
 * @param enter called with that scope, before its plugins and routes are loaded
 */
export async function composeWithin(
  app: FastifyInstance,
  options: ComposeOptions,
  { scope, prefix, enter }: { scope: ServiceScope; prefix: string; enter(own: object): void },
): Promise<void> {
  createInternals(app, scope)
  await loadPlugins(app, options, (path) => !isScoped(path))
  await app.register(
    async (own) => {
      enter(own)
      // The application's default guard must not apply to the routes of the service.
      own.decorate('defaultGuard', 'signed-in')
      await loadPlugins(own, options, isScoped)
      await loadRoutes(own, options)
    },
    { prefix },
  )
}

async function loadPlugins(
  app: FastifyInstance,
  options: ComposeOptions,
  isLoaded: (path: string) => boolean = () => true,
): Promise<void> {
  const { environment, clock, roles, hashWorker, limits, publishMetrics } = options
  const { listeners, jitter, pagesFolder, mail } = options
  await app.register(autoload, {
    dir: folder('plugins'),
    matchFilter: isLoaded,
    options: {
      ...(environment && { environment }),
      ...(clock && { clock }),
      ...(hashWorker && { hashWorker }),
      ...(limits && { limits }),
      ...(publishMetrics && { publishMetrics }),
      ...(listeners && { listeners }),
      ...(jitter && { jitter }),
      ...(pagesFolder && { pagesFolder }),
      ...(mail && { mail }),
      ...(roles !== undefined && { roles }),
    },
  })
}

async function loadRoutes(app: FastifyInstance, { isMounted = () => true }: ComposeOptions): Promise<void> {
  await app.register(autoload, { dir: folder('routes'), matchFilter: isMounted })
}
