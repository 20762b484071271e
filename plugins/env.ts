import fastifyEnv from '@fastify/env'
import fp from 'fastify-plugin'
import { type Config, toConfig } from '../src/config/config.ts'
import { type Environment, environmentOptions, explained } from '../src/config/environment.ts'
import { deriveKeys, developmentSecret, type Keys, type Ring } from '../src/keys/secrets.ts'

declare module 'fastify' {
  interface FastifyInstance {
    /** The validated environment, as @fastify/env has read it. */
    environment: Environment
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
    try {
      await app.register(fastifyEnv, { ...environmentOptions(options.environment), confKey: 'environment' })
    } catch (error) {
      throw explained(error)
    }
    const config = toConfig(app.environment)
    app.decorate('config', config)
    for (const name of config.insecureSettings) {
      app.log.warn(`${name}=true: the service is insecure. Do not use it for real accounts.`)
    }

    if (config.secrets !== undefined) {
      app.decorate('keys', deriveKeys(config.secrets as Ring<string>))
      return
    }
    const { secret, path } = developmentSecret(config.databaseUrl)
    app.decorate('keys', deriveKeys([secret]))
    app.log.warn(
      path === null
        ? 'SECRET_KEY is not set: one was made for this run, and sessions end with it'
        : `SECRET_KEY is not set: using the development secret kept in ${path}`,
    )
  },
  { name: 'env' },
)
