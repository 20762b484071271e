import type { Source } from './row.ts'
import { claims, forged, tokenEndpoint } from './tests.ts'

export const selfContainedTokens: Source = {
  name: 'ASVS 5.0',
  title: 'OWASP ASVS 5.0, V9 Self-contained Tokens',
  rows: [
    {
      at: 'V9.1.1',
      demand: 'L1',
      says: 'The signature of a self-contained token is checked before anything in it counts',
      passes: 'a token with one changed letter is refused',
      tests: [forged.refused, forged.accepted],
    },
    {
      at: 'V9.1.2',
      demand: 'L1',
      says: 'Only algorithms of a list are accepted, never none, and no key is taken for one of another kind',
      passes: 'HS256 alone is accepted: not none in any spelling, no other HMAC, no confusion with RS256',
      tests: [forged.refused],
    },
    {
      at: 'V9.1.3',
      demand: 'L1',
      says: 'Keys come from where the service was told to look, never from the token itself',
      passes: 'a key that a token brings along or points to proves nothing',
      tests: [forged.refused, forged.noFetch],
    },
    {
      at: 'V9.2.1',
      demand: 'L1',
      says: 'A token counts only within the time that it names',
      passes: 'a token is refused after exp, before nbf, and when either cannot be read',
      tests: [forged.refused, forged.expired, claims.times],
    },
    {
      at: 'V9.2.2',
      demand: 'L2',
      says: 'A token counts only for the purpose its type is for',
      passes: 'nothing but an access token opens a route, and nothing but a refresh token is refreshed',
      tests: [forged.refused, tokenEndpoint.invalidGrant],
    },
    {
      at: 'V9.2.3',
      demand: 'L2',
      says: 'A token counts only where it was meant to be used',
      passes: 'a token for another audience, or for none, is refused',
      tests: [forged.refused],
    },
    {
      at: 'V9.2.4',
      demand: 'L2',
      says: 'Issued tokens name the audience that they are restricted to',
      passes: 'every token names one audience, which a request cannot choose',
      tests: [claims.nothingElse, tokenEndpoint.others],
    },
  ],
}
