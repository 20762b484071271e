import type { Source } from './row.ts'
import { claims, forged, proof, signIn, tokenEndpoint } from './tests.ts'

export const jwtAccessTokens: Source = {
  name: 'RFC 9068',
  title: 'RFC 9068, JWT Profile for OAuth 2.0 Access Tokens',
  rows: [
    {
      at: '2.1 (type)',
      demand: 'MUST',
      says: 'An access token has the type at+jwt and is signed, never with none',
      passes: 'the header says at+jwt and HS256',
      tests: [forged.accepted, forged.refused],
    },
    {
      at: '2.2 (iss, exp, aud, sub, iat)',
      demand: 'MUST',
      says: 'Issuer, expiry, audience, subject and time of issue are there',
      passes: 'all five are there and right',
      tests: [claims.nothingElse, tokenEndpoint.pair],
    },
    {
      at: '2.2 (client_id)',
      demand: 'MUST',
      says: 'The token names the client that it was issued to',
      passes:
        'client_id is "tacit", the name of the one client of the service; a token without it is refused',
      tests: [claims.nothingElse, tokenEndpoint.ids, claims.whole],
    },
    {
      at: '2.2 (jti)',
      demand: 'MUST',
      says: 'The token has an id of its own',
      passes: 'jti is 128 random bits for each token; a token without it is refused',
      tests: [tokenEndpoint.ids, claims.whole],
    },
    {
      at: '2.2.1',
      demand: 'SHOULD',
      says: 'auth_time tells when the person signed in, and stays the same when the token is refreshed',
      passes: 'auth_time survives a refresh',
      tests: [proof.authTime],
    },
    {
      at: '2.2.3',
      demand: 'SHOULD',
      says: 'What the token permits is in its scope, and means something to the audience',
      passes: 'scope is a string of permissions: those of the role, whatever was asked for',
      tests: [tokenEndpoint.scope, tokenEndpoint.others],
    },
    {
      at: '4 (typ)',
      demand: 'MUST',
      says: 'A token of any other type is rejected',
      passes: 'at+jwt and application/at+jwt are accepted, and nothing else',
      tests: [forged.accepted, forged.refused],
    },
    {
      at: '4 (encryption)',
      demand: 'MUST',
      says: 'An encrypted token is decrypted as was agreed',
      notApplicable: 'No encryption was agreed: a token of five parts is refused (RFC 8725 3.3).',
    },
    {
      at: '4 (iss)',
      demand: 'MUST',
      says: 'The issuer is exactly the expected one',
      passes: 'an issuer that differs in one letter, in case or by a slash is refused',
      tests: [forged.refused],
    },
    {
      at: '4 (aud)',
      demand: 'MUST',
      says: 'The audience contains the service that is asked',
      passes: 'a token for another audience is refused',
      tests: [forged.refused],
    },
    {
      at: '4 (signature)',
      demand: 'MUST',
      says: 'The signature is validated with the algorithm of the header; none is rejected',
      passes: 'a signature by another algorithm or another key is refused, and so is none',
      tests: [forged.refused],
    },
    {
      at: '4 (exp)',
      demand: 'MUST',
      says: 'The current time is before exp',
      passes: 'an expired token is refused, as invalid_token',
      tests: [forged.expired, claims.times],
    },
    {
      at: '5',
      demand: 'MUST',
      says: 'A token cannot be taken for one of another kind: ID tokens and access tokens are told apart',
      passes: 'the same claims under the type of an ID token are refused',
      tests: [forged.refused],
    },
    {
      at: '6',
      demand: 'MUST',
      says: 'A token tells no more of a person than its readers need',
      passes: 'there is neither address nor name in it',
      tests: [claims.nothingElse, signIn.cookies],
    },
  ],
}
