import { envSchema } from 'env-schema'
import Type, { type Static } from 'typebox'

const SettingsSchema = Type.Object({
  PORT: Type.Integer({ minimum: 0, maximum: 65_535, default: 3001 }),
  LOG_LEVEL: Type.String({ default: 'info' }),
  DATABASE_FILE: Type.String({ minLength: 1, default: './data/movies.db' }),
  ISSUER: Type.String({ minLength: 1, default: 'http://localhost' }),
  AUDIENCE: Type.Optional(Type.String({ minLength: 1 })),
  AUTH_URL: Type.String({ minLength: 1, default: 'http://localhost:3000' }),
  CLIENT_ID: Type.Optional(Type.String({ minLength: 1 })),
  CLIENT_SECRET: Type.Optional(Type.String({ minLength: 1 })),
  REVOCATIONS_FAIL: Type.Union([Type.Literal('closed'), Type.Literal('open')], { default: 'closed' }),
})

/** The settings of `.env.example`. */
export type Settings = Static<typeof SettingsSchema>

/**
 * Reads the environment and `.env`.
 * @throws if a setting is wrong, or if a client has an id without a secret or the other way round
 */
export function readSettings(): Settings {
  const settings = envSchema<Settings>({ schema: SettingsSchema, dotenv: true })
  if ((settings.CLIENT_ID === undefined) !== (settings.CLIENT_SECRET === undefined))
    throw new Error('Set both CLIENT_ID and CLIENT_SECRET, or neither')
  return settings
}
