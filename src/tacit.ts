/** The service as a plugin of another application. */
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
import { claimApplication } from './hooks/audited-routes.ts'
import type { MailOptions } from './mail/mail.ts'
import { createOwnScope, createWholeApplication } from './wiring/scope.ts'

/**
 * The groups of routes. `auth` is sign-in and sign-out, `token` is `POST /auth/token`, `services` is
 * what other services call below `/auth`, `discovery` is what they read at `/.well-known`, and each
 * other group is the folder of its name.
 *
 * @example
 * await app.register(tacit, { routes: ROUTE_GROUPS.filter((group) => group !== 'admin') })
 */
export const ROUTE_GROUPS = [
  'auth',
  'token',
  'services',
  'discovery',
  'me',
  'users',
  'admin',
  'health',
] as const
/** The groups that are not the name of their folder. */
const FOLDER_GROUPS: Readonly<Record<string, RouteGroup>> = { '.well-known': 'discovery' }
/** The files of the folder `auth` that belong to another group. */
const FILE_GROUPS: Readonly<Record<string, RouteGroup>> = {
  token: 'token',
  introspect: 'services',
  revoke: 'services',
  revocations: 'services',
}
/** The name of a group of routes. */
export type RouteGroup = (typeof ROUTE_GROUPS)[number]

/**
 * The options of the plugin. Every setting of the environment is an option under its name in
 * camelCase: ISSUER is `issuer`. Each security event has a hook: `signed-in` has `onSignedIn`.
 *
 * @example
 * const options: TacitOptions = {
 *   issuer: 'https://app.example.com',
 *   prefix: '/account',
 *   roles: { editor: ['articles:write'] },
 *   onSignedIn: ({ userId }) => console.info('signed in', userId),
 * }
 */
export interface TacitOptions extends SettingOptions, Listeners {
  /**
   * Prefix of all routes of the service: `/account` gives `/account/auth/login`. The default is
   * none. Cookies keep the path `/`.
   */
  readonly prefix?: string
  /**
   * The groups to mount: a list, or an object that leaves groups out, such as `{ admin: false }`.
   * The default is all of them.
   */
  readonly routes?: readonly RouteGroup[] | { readonly [Group in RouteGroup]?: boolean }
  /**
   * Whether `/docs` is served. By default it is, unless the application has registered
   * @fastify/swagger.
   */
  readonly docs?: boolean
  /**
   * Folder of built pages, with an `index.html`. They are served instead of the example's pages.
   */
  readonly pagesFolder?: string
  /** Roles besides the built-in ones, with their permissions: `{ editor: ['articles:write'] }`. */
  readonly roles?: RoleDefinitions
  /**
   * The guard of application routes that declare none and are declared after the plugin. The
   * default is `signed-in`: a forgotten guard refuses requests and is noticed at once.
   */
  readonly defaultAuth?: Guard
  /**
   * Whether the error and 404 handlers, parsers, headers, CORS and limits of the service cover the
   * application's routes. The default is false: they cover only the service's own routes. Not with
   * `prefix`.
   */
  readonly wholeApplication?: boolean
  /**
   * Settings under the names of environment variables, such as `ISSUER`. They win over
   * `process.env`, and an option wins over them.
   */
  readonly environment?: Partial<Environment>
  /** The look of the mail, texts of the application's own, and TLS options for the mail server. */
  readonly mail?: MailOptions
  /** A clock for tests. The default is the clock of the system. */
  readonly clock?: Clock
  /** A hash worker shared by several applications of a process. By default each has its own. */
  readonly hashWorker?: HashWorker
}

/** Options of Fastify's own `register`. */
const FASTIFY_OPTIONS = ['logLevel', 'logSerializers', 'name']

const OWN_OPTIONS = [
  ...['prefix', 'routes', 'docs', 'pagesFolder', 'roles', 'defaultAuth', 'wholeApplication'],
  ...['environment', 'clock', 'hashWorker', 'mail'],
]

async function registerTacit(app: FastifyInstance, options: TacitOptions): Promise<void> {
  claimApplication(app, 'tacit')
  const hooks = eventTypes.map(listenerName)
  refuseUnknown('The option', Object.keys(options), [
    ...settingOptionNames,
    ...OWN_OPTIONS,
    ...hooks,
    ...FASTIFY_OPTIONS,
  ])
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
    mail,
  } = options
  const composed: ComposeOptions = {
    environment: environmentOf(options),
    isMounted: isMounted(app, options),
    listeners: options,
    pagesFolder: options.pagesFolder,
    ...{ clock, roles, hashWorker, mail },
  }
  if (defaultAuth !== 'signed-in') app.decorate('defaultGuard', defaultAuth as 'public')
  if (wholeApplication) {
    if (prefix !== '')
      throw new ConfigError('prefix cannot be used with wholeApplication: leave out one of them')
    await compose(app, composed, createWholeApplication())
    return
  }
  let own: object | undefined
  const scope = createOwnScope(() => own, prefix)
  const enter = (entered: object) => {
    own = entered
  }
  await composeWithin(app, composed, { scope, prefix, enter })
}

/**
 * Pages take the path `/`, which an application usually needs itself. So they are off by default.
 */
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
    const [folder, file] = path.split(/[/\\]/).slice(-2) as [string, string]
    const fileGroup = folder === 'auth' ? FILE_GROUPS[file.replace(/\.\w+$/, '')] : undefined
    const group = fileGroup ?? FOLDER_GROUPS[folder] ?? folder
    if (group === 'docs') return hasDocs
    if (group === 'pages' || group === 'demo') return hasPages
    return has(group)
  }
}

/**
 * The plugin, already wrapped by fastify-plugin. Register it once, before the routes it guards.
 * Rejects with a `ConfigError` that names the setting or option that is wrong or unknown.
 *
 * @example
 * import Fastify from 'fastify'
 * import { readConfig, serverOptions, tacit } from 'tacit-auth'
 *
 * const app = Fastify(serverOptions(readConfig()))
 * await app.register(tacit, { issuer: 'https://app.example.com', prefix: '/account' })
 */
export const tacit = fp(registerTacit, { name: 'tacit', fastify: '5.x' })
