import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Test } from 'tap'

const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/**
 * A current directory for the service's own commands: the project without the `.env` of its
 * developer.
 */
export function folderWithoutSettings(t: Pick<Test, 'testdir' | 'fixture'>): string {
  const names = readdirSync(ROOT).filter((name) => !name.startsWith('.'))
  return t.testdir(Object.fromEntries(names.map((name) => [name, t.fixture('symlink', join(ROOT, name))])))
}
