/**
 * The service as a plugin of another application.
 */
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import type { Guard } from './access/guards.ts'
import type { RoleDefinitions } from './access/roles.ts'
import { eventTypes } from './audit/events.ts'
import { type Listeners, listenerName } from './audit/listeners.ts'
import type { Clock } from './clock.ts'
import { type ComposeOptions, compose, composeWithin } from './compose.ts'
import { ConfigError } from './config/config-error.ts'
import type { Environment } from './config/environment.ts'
import { refuseUnknown, type SettingOptions, settingOptionNames, toEnvironment } from './config/options.ts'
import type { HashWorker } from './credentials/hash-worker.ts'
import { createOwnScope, createWholeApplication } from './wiring/scope.ts'

/** Groups of routes: `auth` is signing in and out, `token` is `POST /auth/token`, the others are their folders. */
export const ROUTE_GROUPS = ['auth', 'token', 'me', 'users', 'admin', 'health'] as const
export type RouteGroup = (typeof ROUTE_GROUPS)[number]

export interface TacitOptions extends SettingOptions, Listeners {
  /** Where the routes are: `/account` makes it `/account/auth/login`. Cookies keep the path `/`. */
  readonly prefix?: string
  /** Which routes there are: a list of groups, or the groups that are left out, as `{ admin: false }`. */
  readonly routes?: readonly RouteGroup[] | { readonly [Group in RouteGroup]?: boolean }
  /** Whether `/docs` is served. By default it is, unless the application has @fastify/swagger. */
  readonly docs?: boolean
  /** Where built pages are that are served instead of those of the example. */
  readonly pagesFolder?: string
  /** Roles beside the built-in ones, with their permissions: `{ editor: ['articles:write'] }`. */
  readonly roles?: RoleDefinitions
  /**
   * The guard of the application's routes that declare none, if they are declared after the plugin. The default is
   * `signed-in`: a route that was forgotten is refused, and is noticed at once.
   */
  readonly defaultAuth?: Guard
  /**
   * Whether error handler, handler of what is not found, parsers, headers, CORS and limits hold for the application's
   * routes, too. By default they hold for the plugin's own routes alone.
   */
  readonly wholeApplication?: boolean
  /** Settings under the names of the environment. An option wins over it. */
  readonly environment?: Partial<Environment>
  readonly clock?: Clock
  readonly hashWorker?: HashWorker
}

/** What Fastify itself takes along with a registration. */
const OF_FASTIFY = ['logLevel', 'logSerializers', 'name']

const OWN = [
  ...['prefix', 'routes', 'docs', 'pagesFolder', 'roles', 'defaultAuth', 'wholeApplication'],
  ...['environment', 'clock', 'hashWorker'],
]

async function registerTacit(app: FastifyInstance, options: TacitOptions): Promise<void> {
  const hooks = eventTypes.map(listenerName)
  refuseUnknown('The option', Object.keys(options), [...settingOptionNames, ...OWN, ...hooks, ...OF_FASTIFY])
  for (const name of hooks) {
    const hook: unknown = options[name]
    if (hook !== undefined && typeof hook !== 'function')
      throw new ConfigError(`The option ${name} must be a function`)
  }
  const {
    prefix = '',
    wholeApplication = false,
    defaultAuth = 'signed-in',
    clock,
    roles,
    hashWorker,
  } = options
  const composed: ComposeOptions = {
    environment: environmentOf(options),
    isMounted: isMounted(app, options),
    listeners: options,
    pagesFolder: options.pagesFolder,
    ...{ clock, roles, hashWorker },
  }
  if (defaultAuth !== 'signed-in') app.decorate('defaultGuard', defaultAuth as 'public')
  if (wholeApplication) {
    if (prefix !== '')
      throw new ConfigError('prefix goes with a scope of its own: leave out wholeApplication')
    await compose(app, composed, createWholeApplication())
    return
  }
  let own: object | undefined
  const scope = createOwnScope(() => own, prefix !== '')
  const enter = (entered: object) => {
    own = entered
  }
  await composeWithin(app, composed, { scope, prefix, enter })
}

/** The pages take `/`, which an application mostly has for itself. */
function environmentOf(options: TacitOptions): Partial<Environment> {
  const given = { ...options.environment, ...toEnvironment(options as Readonly<Record<string, unknown>>) }
  const asksForPages = given.PAGES ?? process.env.PAGES ?? (options.pagesFolder === undefined ? '' : 'true')
  return { ...given, PAGES: asksForPages || 'false' }
}

function isMounted(app: FastifyInstance, { routes = {}, docs, ...options }: TacitOptions) {
  const isList = Array.isArray(routes)
  const names: readonly string[] = isList ? routes : Object.keys(routes)
  refuseUnknown('The group of routes', names, ROUTE_GROUPS)
  const has = (group: string): boolean =>
    isList ? names.includes(group) : (routes as Readonly<Record<string, boolean>>)[group] !== false
  const hasPages = environmentOf(options).PAGES === 'true'
  const hasDocs = docs ?? !app.hasDecorator('swagger')

  return (path: string): boolean => {
    const group = /[/\\]auth[/\\]token\.\w+$/.test(path) ? 'token' : (path.split(/[/\\]/).at(-2) as string)
    if (group === 'docs') return hasDocs
    if (group === 'pages' || group === 'demo') return hasPages
    return has(group)
  }
}

export const tacit = fp(registerTacit, { name: 'tacit', fastify: '5.x' })
