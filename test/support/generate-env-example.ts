/**
 * Writes what follows from the schema in src/config/environment.ts: .env.example, and in
 * package.json the variables that tests start without. `npx node
 * test/support/generate-env-example.ts`
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { EnvironmentSchema } from '../../src/config/environment.ts'

export const target = fileURLToPath(new URL('../../.env.example', import.meta.url))
export const packageFile = fileURLToPath(new URL('../../package.json', import.meta.url))

/**
 * Variables that are no settings of the service, and change Node.js, fastify-cli, Vite or their
 * output.
 */
const OF_OTHERS = [
  'DEBUG',
  'FASTIFY_LOG_LEVEL',
  'FASTIFY_PORT',
  'FASTIFY_PREFIX',
  'FASTIFY_PRETTY_LOGS',
  'FASTIFY_SOCKET',
  'FASTIFY_WATCH',
  'FORCE_COLOR',
  'NODE_COMPILE_CACHE',
  'NODE_DEBUG',
  'NODE_DISABLE_COMPILE_CACHE',
  'NODE_OPTIONS',
  'NODE_PENDING_DEPRECATION',
  'NODE_USE_ENV_PROXY',
  'NO_COLOR',
  'VITE_SERVICE_URL',
]

interface Setting {
  readonly default?: string | number
  readonly description: string
  readonly $comment: string
}

/** The content that the committed file must have. */
export function envExample(): string {
  const settings = Object.entries<Setting>(EnvironmentSchema.properties)
  const paragraphs = settings.map(
    ([name, setting]) =>
      `# ${setting.description}\n# Accepts ${setting.$comment}.\n#${name}=${setting.default ?? ''}`,
  )
  const head =
    '# Every setting with its default. Copy this file so that only you can read the copy: `(umask 077; cp -n .env.example .env)`.\n' +
    '# To change a setting, remove its # and write another value.'
  return `${[head, ...paragraphs].join('\n\n')}\n`
}

/** The variables of the caller that `tap` takes out of the environment of each test. */
export const withheldFromTests = (): string[] => [...Object.keys(EnvironmentSchema.properties), ...OF_OTHERS]

function packageJson(): string {
  const content = JSON.parse(readFileSync(packageFile, 'utf8'))
  content.tap['test-env'] = withheldFromTests()
  return `${JSON.stringify(content, null, 2)}\n`
}

if (import.meta.main) {
  writeFileSync(target, envExample())
  writeFileSync(packageFile, packageJson())
}
