import fastifyEnv from '@fastify/env'
import Fastify from 'fastify'
import fp from 'fastify-plugin'
import { type Config, toConfig } from '../src/config/config.ts'
import { type Environment, environmentOptions, toConfigError } from '../src/config/environment.ts'
import { deriveKeys, developmentSecret, type Keys, type Ring } from '../src/keys/secrets.ts'
import { provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    config: Config
    keys: Keys
  }
}

export interface EnvOptions {
  /** Takes precedence over the process's environment. */
  readonly environment?: Partial<Environment>
}

export default fp<EnvOptions>(
  async (app, options) => {
    const config = toConfig(await validated(options.environment))
    provide(app, { config })
    for (const name of config.insecureSettings) {
      app.log.warn(`${name}=true: the service is insecure. Do not use it for real accounts.`)
    }

    if (config.secrets !== undefined) {
      provide(app, { keys: deriveKeys(config.secrets as Ring<string>) })
      return
    }
    const { secret, path } = developmentSecret(config.databaseUrl)
    provide(app, { keys: deriveKeys([secret]) })
    app.log.warn(
      path === null
        ? 'SECRET_KEY is not set: one was made for this run, and sessions end with it'
        : `SECRET_KEY is not set: using the development secret kept in ${path}`,
    )
  },
  { name: 'env' },
)

/** Read in an application of its own, which nothing else can reach: the environment holds secrets. */
async function validated(given: EnvOptions['environment']): Promise<Environment> {
  const reader = Fastify()
  try {
    await reader.register(fastifyEnv, { ...environmentOptions(given), confKey: 'environment' })
    return reader.getDecorator<Environment>('environment')
  } catch (error) {
    throw toConfigError(error)
  }
}
