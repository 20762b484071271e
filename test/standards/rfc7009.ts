import type { Source } from './row.ts'
import { acrossProcesses, revocation } from './tests.ts'

export const tokenRevocation: Source = {
  name: 'RFC 7009',
  title: 'RFC 7009, Token Revocation',
  rows: [
    {
      at: '2',
      demand: 'MUST',
      says: 'Refresh tokens can be revoked at an endpoint',
      passes: 'POST /auth/revoke ends the session of a refresh token, and of an access token as well',
      tests: [revocation.both],
    },
    {
      at: '2.1 (request)',
      demand: 'MUST',
      says: 'token, and a hint of its type that may be wrong, are posted as a form',
      passes: 'a right, a wrong and an unknown hint change nothing; a missing or repeated token is refused',
      tests: [revocation.both, revocation.malformed],
    },
    {
      at: '2.1 (cascade)',
      demand: 'SHOULD',
      says: 'With a refresh token, the access tokens of the same grant end',
      passes: 'both tokens of the session are refused at the next request, in another process too',
      tests: [revocation.both, acrossProcesses.revoked],
    },
    {
      at: '2.2',
      demand: 'MUST',
      says: 'The answer is 200, for tokens that are not known too',
      passes: 'unknown, forged, expired and revoked tokens are answered with 200',
      tests: [revocation.unknown, revocation.both],
    },
    {
      at: '2.2.1',
      demand: 'MUST',
      says: 'A type of token that cannot be revoked is unsupported_token_type',
      passes: 'there are two types of token, and both are revoked, so this error is never needed',
      tests: [revocation.both],
    },
    {
      at: '2.3',
      demand: 'MAY',
      says: 'Pages of other origins may call it',
      passes: 'pages of TRUSTED_ORIGINS may, and others may not',
      tests: [revocation.trusted, revocation.foreign],
    },
    {
      at: '5',
      demand: 'SHOULD',
      says: 'Guessing tokens at the endpoint is limited',
      passes: 'RATE_LIMIT_MAX counts the requests of an address',
      tests: [revocation.limited],
    },
  ],
}
