import fastifyEnv from '@fastify/env'
import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type Config, toConfig } from '../src/config/config.ts'
import { type Environment, environmentOptions, toConfigError } from '../src/config/environment.ts'
import { deriveKeys, developmentSecret, type Keys, type Ring } from '../src/keys/secrets.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

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
    const config = toConfig(await validated(internalsOf(app).apart, options.environment))
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
  { name: 'env', dependencies: ['apart'] },
)

/** Read apart, where nothing else reaches it: the environment holds secrets. */
async function validated(apart: FastifyInstance, given: EnvOptions['environment']): Promise<Environment> {
  try {
    await apart.register(fastifyEnv, { ...environmentOptions(given), confKey: 'environment' })
    return apart.getDecorator<Environment>('environment')
  } catch (error) {
    throw toConfigError(error)
  }
}
