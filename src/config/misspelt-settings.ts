/**
 * Finds settings whose name is misspelt.
 *
 * Threat: a misspelt setting is ignored, and the service runs with a default that the operator did
 * not choose, such as another database.
 * Guarantee: a warning names each unknown name in .env, and each variable of the environment that
 * differs by at most two letters from a setting. It never contains a value.
 * Limits: a short name of the environment, such as HOST, is probably a variable of another program.
 * It is compared only with settings of at least eight letters.
 */
import { readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'
import { nearestName } from '../nearest-name.ts'
import { EnvironmentSchema } from './environment.ts'

const SETTINGS = Object.keys(EnvironmentSchema.properties)
const MAX_DISTANCE = 2
const MIN_LENGTH_IN_ENVIRONMENT = 8

/** Variables that Node.js, fastify-cli, Vite and libraries of the terminal read from .env. */
const OF_OTHERS = /^(NODE|FASTIFY|VITE|npm)_|^(DEBUG|NO_COLOR|FORCE_COLOR|TZ)$|^(https?|no)_proxy$/i

/** A setting that operators know by another name. */
const ALIASES: Readonly<Record<string, string>> = { HOST: 'FASTIFY_ADDRESS' }

/**
 * Returns a warning for each misspelt setting.
 * @param environment the names and values of the process; .env may have been loaded into it
 */
export function misspeltSettings(environment: NodeJS.ProcessEnv = process.env, path = '.env'): string[] {
  const inFile = namesIn(path)
  // npm sets dozens of its own.
  const ofProcess = Object.keys(environment).filter(
    (name) => !inFile.includes(name) && !name.startsWith('npm_'),
  )
  return [
    ...inFile.flatMap((name) => warningOf(name, path, SETTINGS)),
    ...ofProcess.flatMap((name) => warningOf(name, 'the environment', LONG_SETTINGS)),
  ]
}

const LONG_SETTINGS = SETTINGS.filter((name) => name.length >= MIN_LENGTH_IN_ENVIRONMENT)

function warningOf(name: string, place: string, settings: readonly string[]): string[] {
  if (SETTINGS.includes(name)) return []
  const nearest = nearestName(name, settings)
  const isFile = settings === SETTINGS
  const meant = (isFile && ALIASES[name]) || (nearest.distance <= MAX_DISTANCE ? nearest.name : undefined)
  if (meant !== undefined) {
    return [`${name} in ${place} is not a setting of the service and is ignored. Did you mean ${meant}?`]
  }
  if (!isFile || OF_OTHERS.test(name)) return []
  return [`${name} in ${place} is not a setting of the service. .env.example lists all settings.`]
}

/** A file that does not exist or cannot be read has no names: a wrong mode is reported elsewhere. */
function namesIn(path: string): string[] {
  try {
    return Object.keys(parseEnv(readFileSync(path, 'utf8')))
  } catch {
    return []
  }
}
