import { readFileSync } from 'node:fs'
import { webFrontend } from './asvs-v3.ts'
import { apiAndWebService } from './asvs-v4.ts'
import { authentication } from './asvs-v6.ts'
import { sessionManagement } from './asvs-v7.ts'
import { authorization } from './asvs-v8.ts'
import { selfContainedTokens } from './asvs-v9.ts'
import { dataProtection } from './asvs-v14.ts'
import { loggingAndErrors } from './asvs-v16.ts'
import { nistPasswords } from './nist-passwords.ts'
import { nistSessions } from './nist-sessions.ts'
import { oauth } from './rfc6749.ts'
import { bearerTokens } from './rfc6750.ts'
import { tokenRevocation } from './rfc7009.ts'
import { tokenIntrospection } from './rfc7662.ts'
import { jwtBestPractices } from './rfc8725.ts'
import { jwtAccessTokens } from './rfc9068.ts'
import { oauthBestPractices } from './rfc9700.ts'
import { browserApplications } from './rfc10017.ts'
import type { Source } from './row.ts'

/** Every source that has rows, in the order of docs/checklist.md. */
export const sources: readonly Source[] = [
  webFrontend,
  apiAndWebService,
  authentication,
  sessionManagement,
  authorization,
  selfContainedTokens,
  dataProtection,
  loggingAndErrors,
  nistPasswords,
  nistSessions,
  oauth,
  bearerTokens,
  tokenRevocation,
  tokenIntrospection,
  jwtBestPractices,
  jwtAccessTokens,
  oauthBestPractices,
  browserApplications,
]

/** The places that docs/not-yet.md has, by the heading of their source. */
export const notYet: ReadonlyMap<string, readonly string[]> = new Map(
  readFileSync(new URL('../../docs/not-yet.md', import.meta.url), 'utf8')
    .split('\n## ')
    .slice(1)
    .map((section) => {
      const [title = '', ...lines] = section.split('\n')
      const rows = lines.filter((line) => line.startsWith('| ')).slice(1)
      return [title, rows.map((row) => String(row.split('|')[1]).trim())]
    }),
)
