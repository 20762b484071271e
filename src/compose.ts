/**
 * Loads plugins/, which wire the core into Fastify, then routes/, whose folders are their paths.
 */
import { basename } from 'node:path'
import { fileURLToPath } from 'node:url'
import autoload from '@fastify/autoload'
import type { FastifyInstance } from 'fastify'
import type { AccountsOptions } from '../plugins/accounts.ts'
import type { ClockOptions } from '../plugins/clock.ts'
import type { EnvOptions } from '../plugins/env.ts'
import type { EventsOptions } from '../plugins/events.ts'
import type { RolesOptions } from '../plugins/roles.ts'
import type { PagesOptions } from '../routes/pages/pages.ts'
import { createInternals } from './wiring/internals.ts'
import type { ServiceScope } from './wiring/scope.ts'

type Undefinable<Options> = { [Name in keyof Options]: Options[Name] | undefined }

export interface ComposeOptions
  extends Undefinable<
    EnvOptions & ClockOptions & RolesOptions & PagesOptions & AccountsOptions & EventsOptions
  > {
  /** Whether a file of routes, such as `/auth/token.ts`, is loaded. All of them are by default. */
  readonly isMounted?: (path: string) => boolean
}

const folder = (name: string): string => fileURLToPath(new URL(`../${name}`, import.meta.url))

/** Plugins that hold for each route of the part of the application that loads them, whoever declares it. */
const OF_A_SCOPE = ['cors', 'errors', 'helmet', 'json', 'openapi', 'server-timing', 'under-pressure']

const isOfAScope = (path: string): boolean => OF_A_SCOPE.includes(basename(path).replace(/\.\w+$/, ''))

/** The service as the whole application. */
export async function compose(
  app: FastifyInstance,
  options: ComposeOptions,
  scope: ServiceScope,
): Promise<void> {
  createInternals(app, scope)
  await loadPlugins(app, options)
  await loadRoutes(app, options)
}

/** The service within an application. @returns its own scope */
export async function composeWithin(
  app: FastifyInstance,
  options: ComposeOptions,
  { scope, prefix, enter }: { scope: ServiceScope; prefix: string; enter(own: object): void },
): Promise<void> {
  createInternals(app, scope)
  await loadPlugins(app, options, (path) => !isOfAScope(path))
  await app.register(
    async (own) => {
      enter(own)
      // The guard of its own routes does not depend on what the application has chosen for its routes.
      own.decorate('defaultGuard', 'signed-in')
      await loadPlugins(own, options, isOfAScope)
      await loadRoutes(own, options)
    },
    { prefix },
  )
}

async function loadPlugins(
  app: FastifyInstance,
  { environment, clock, roles, hashWorker, listeners }: ComposeOptions,
  isLoaded: (path: string) => boolean = () => true,
): Promise<void> {
  await app.register(autoload, {
    dir: folder('plugins'),
    matchFilter: isLoaded,
    options: {
      ...(environment && { environment }),
      ...(clock && { clock }),
      ...(hashWorker && { hashWorker }),
      ...(listeners && { listeners }),
      ...(roles !== undefined && { roles }),
    },
  })
}

async function loadRoutes(
  app: FastifyInstance,
  { pagesFolder, isMounted = () => true }: ComposeOptions,
): Promise<void> {
  await app.register(autoload, {
    dir: folder('routes'),
    matchFilter: isMounted,
    options: { ...(pagesFolder && { pagesFolder }) },
  })
}
