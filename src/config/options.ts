/**
 * Options of the plugin: the names of the environment in camelCase, from the one schema of environment.ts.
 *
 * Threat: a misspelt option is ignored, and the service runs with a default that the application did not choose.
 * Guarantee: an unknown option stops the start with a sentence that names the nearest one.
 */
import { unknownName } from '../nearest-name.ts'
import { ConfigError } from './config-error.ts'
import { type Environment, EnvironmentSchema } from './environment.ts'

type CamelCase<Name extends string> = Name extends `${infer Head}_${infer Rest}`
  ? `${Lowercase<Head>}${Capitalize<CamelCase<Rest>>}`
  : Lowercase<Name>

type Properties = (typeof EnvironmentSchema)['properties']
type OptionValue<Setting> = Setting extends { readonly type: 'integer' }
  ? number
  : Setting extends { readonly enum: readonly (infer Value)[] }
    ? [Value] extends ['true' | 'false']
      ? boolean
      : Value
    : string

/** Each setting of the environment. An option wins over the environment. */
export type SettingOptions = {
  readonly [Name in keyof Properties as CamelCase<Name>]?: OptionValue<Properties[Name]>
}

const camelCase = (name: string): string =>
  name.toLowerCase().replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase())

const SETTINGS: ReadonlyMap<string, keyof Environment> = new Map(
  (Object.keys(EnvironmentSchema.properties) as (keyof Environment)[]).map((name) => [camelCase(name), name]),
)

export const settingOptionNames: readonly string[] = [...SETTINGS.keys()]

/** The options that are settings, under the names of the environment. */
export function toEnvironment(options: Readonly<Record<string, unknown>>): Partial<Environment> {
  const given: Record<string, unknown> = {}
  for (const [option, name] of SETTINGS) {
    const value = options[option]
    if (value !== undefined) given[name] = typeof value === 'boolean' ? String(value) : value
  }
  return given
}

/** @throws ConfigError that names the nearest known name */
export function refuseUnknown(what: string, given: Iterable<string>, known: readonly string[]): void {
  const sentence = unknownName(what, given, known)
  if (sentence !== undefined) throw new ConfigError(sentence)
}
