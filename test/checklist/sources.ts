import type { Source } from './line.ts'
import { webFrontend } from './lines/asvs-v3.ts'
import { apiAndWebService } from './lines/asvs-v4.ts'
import { authentication } from './lines/asvs-v6.ts'
import { sessionManagement } from './lines/asvs-v7.ts'
import { authorization } from './lines/asvs-v8.ts'
import { selfContainedTokens } from './lines/asvs-v9.ts'
import { dataProtection } from './lines/asvs-v14.ts'
import { loggingAndErrors } from './lines/asvs-v16.ts'
import { nistPasswords } from './lines/nist-passwords.ts'
import { nistSessions } from './lines/nist-sessions.ts'
import { oauth } from './lines/rfc6749.ts'
import { bearerTokens } from './lines/rfc6750.ts'
import { revocation } from './lines/rfc7009.ts'
import { introspection } from './lines/rfc7662.ts'
import { jwtBestPractices } from './lines/rfc8725.ts'
import { jwtAccessTokens } from './lines/rfc9068.ts'
import { oauthBestPractices } from './lines/rfc9700.ts'

const asvs = (title: string, lines: Source['lines']): Source => ({
  name: 'ASVS 5.0',
  title: `OWASP ASVS 5.0, ${title}`,
  lines,
})

const nist = (title: string, lines: Source['lines']): Source => ({
  name: 'NIST SP 800-63B-4',
  title: `NIST SP 800-63B-4, ${title}`,
  lines,
})

const chapterOf = ({ title }: Source): number =>
  Number(/\bV(\d+)/.exec(title)?.[1] ?? Number.MAX_SAFE_INTEGER)

export const httpSources: readonly Source[] = [
  asvs('V3 Web Frontend Security', webFrontend),
  asvs('V4 API and Web Service', apiAndWebService),
  asvs('V14 Data Protection', dataProtection),
  asvs('V16 Security Logging and Error Handling', loggingAndErrors),
]

export const peopleSources: readonly Source[] = [
  asvs('V6 Authentication', authentication),
  nist('passwords and throttling (3.1.1, 3.2.2)', nistPasswords),
]

export const sessionSources: readonly Source[] = [
  asvs('V7 Session Management', sessionManagement),
  asvs('V8 Authorization', authorization),
  nist('sessions (2.1.3, 5)', nistSessions),
]

export const tokenSources: readonly Source[] = [
  asvs('V9 Self-contained Tokens', selfContainedTokens),
  { name: 'RFC 8725', title: 'RFC 8725, JSON Web Token Best Current Practices', lines: jwtBestPractices },
  { name: 'RFC 9068', title: 'RFC 9068, JWT Profile for OAuth 2.0 Access Tokens', lines: jwtAccessTokens },
]

export const oauthSources: readonly Source[] = [
  { name: 'RFC 6749', title: 'RFC 6749, OAuth 2.0: the token endpoint', lines: oauth },
  { name: 'RFC 6750', title: 'RFC 6750, Bearer Token Usage', lines: bearerTokens },
  { name: 'RFC 7009', title: 'RFC 7009, Token Revocation', lines: revocation },
  { name: 'RFC 7662', title: 'RFC 7662, Token Introspection', lines: introspection },
  {
    name: 'RFC 9700',
    title: 'RFC 9700, Best Current Practice for OAuth 2.0 Security',
    lines: oauthBestPractices,
  },
]

const tested = [...httpSources, ...peopleSources, ...sessionSources, ...tokenSources, ...oauthSources]

/** Every source, in the order of docs/checklist.md: chapters by their number, then documents by their name. */
export const sources: readonly Source[] = tested.toSorted(
  (a, b) => chapterOf(a) - chapterOf(b) || a.name.localeCompare(b.name),
)
