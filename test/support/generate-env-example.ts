/**
 * Writes .env.example from the schema in src/environment.ts: `npx node test/support/generate-env-example.ts`
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { EnvironmentSchema } from '../../src/environment.ts'

export const target = fileURLToPath(new URL('../../.env.example', import.meta.url))

interface Setting {
  readonly default?: string | number
  readonly description: string
  readonly $comment: string
}

/** What the committed file has to be. */
export function envExample(): string {
  const settings = Object.entries<Setting>(EnvironmentSchema.properties)
  const paragraphs = settings.map(
    ([name, setting]) =>
      `# ${setting.description}\n# Takes ${setting.$comment}.\n#${name}=${setting.default ?? ''}`,
  )
  const head =
    '# Every setting with its default. Copy this file to .env and take the # away where you want another value.'
  return `${[head, ...paragraphs].join('\n\n')}\n`
}

if (import.meta.main) writeFileSync(target, envExample())
