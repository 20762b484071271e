/**
 * Writes src/credentials/common-passwords.txt from the data of @zxcvbn-ts/language-common:
 * `npx node test/support/generate-common-passwords.ts`
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { dictionary } from '@zxcvbn-ts/language-common'

/** The lowest value of PASSWORD_MIN_LENGTH: shorter passwords are refused for their length. */
const SHORTEST = 8

const packageFile = new URL('../../node_modules/@zxcvbn-ts/language-common/package.json', import.meta.url)

export const target = fileURLToPath(new URL('../../src/credentials/common-passwords.txt', import.meta.url))

/** The content that the committed file must have. */
export function commonPasswordsFile(): string {
  const { name, version, license } = JSON.parse(readFileSync(packageFile, 'utf8'))
  const words = dictionary['passwords-common'].map((word) => word.normalize('NFC').toLowerCase())
  const kept = [...new Set(words)].filter((word) => [...word].length >= SHORTEST).sort()
  return `# Common passwords of ${SHORTEST} characters and more, from ${name} ${version} (${license}).\n${kept.join('\n')}\n`
}

if (import.meta.main) writeFileSync(target, commonPasswordsFile())
