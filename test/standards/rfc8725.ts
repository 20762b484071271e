import type { Source } from './row.ts'
import { badInput, forged, settings, tokenEndpoint } from './tests.ts'

export const jwtBestPractices: Source = {
  name: 'RFC 8725',
  title: 'RFC 8725, JSON Web Token Best Current Practices',
  rows: [
    {
      at: '3.1',
      demand: 'MUST',
      says: 'The caller says which algorithms are allowed, and each key is used with exactly one',
      passes: 'the key signs with HS256 and verifies nothing else, whatever the header says',
      tests: [forged.refused],
    },
    {
      at: '3.2',
      demand: 'MUST',
      says: 'Only algorithms that are cryptographically current are used, and "none" only where there is other protection',
      passes: 'none is refused in every spelling, with a signature and without',
      tests: [forged.refused],
    },
    {
      at: '3.3',
      demand: 'MUST',
      says: 'Every cryptographic operation in a token is validated, and one that fails refuses the whole',
      passes: 'a token within a token counts only if both are what they should be: none is',
      tests: [forged.refused],
    },
    {
      at: '3.4',
      demand: 'MUST',
      says: 'Inputs to elliptic curve key agreement are validated',
      notApplicable: 'Tokens are signed and never encrypted: there is no key agreement.',
    },
    {
      at: '3.5',
      demand: 'MUST',
      says: 'Keys have enough entropy; a password is not a key',
      passes: 'a secret of fewer than 32 bytes, or of fewer than ten different characters, stops the start',
      tests: [settings.refused],
    },
    {
      at: '3.6',
      demand: 'SHOULD',
      says: 'What is to be encrypted is not compressed first',
      notApplicable: 'Tokens are signed and never encrypted.',
    },
    {
      at: '3.7',
      demand: 'MUST',
      says: 'Headers and claims are UTF-8',
      passes:
        'a token in UTF-16 cannot be read, and a role in Latin-1 is none, though the signatures are right',
      tests: [forged.refused, forged.rights],
    },
    {
      at: '3.8',
      demand: 'MUST',
      says: 'The issuer is the one that the key belongs to, and the subject is one it knows',
      passes: 'another issuer, or a subject that does not own the session, is refused',
      tests: [forged.refused, forged.subject],
    },
    {
      at: '3.9',
      demand: 'MUST',
      says: 'Tokens name their audience, and a token for another audience is rejected',
      passes: 'a token without our name among its audiences is refused',
      tests: [forged.refused, forged.accepted],
    },
    {
      at: '3.10',
      demand: 'MUST',
      says: 'What a token claims of itself is not trusted: kid is no path and no query, and no address in it is fetched',
      passes: 'kid opens no file and asks no table, and no request goes to jku or x5u',
      tests: [forged.refused, forged.noFetch],
    },
    {
      at: '3.11',
      demand: 'SHOULD',
      says: 'Tokens say explicitly of which type they are, and only that type is accepted',
      passes: 'typ is at+jwt, and a token of no type or another one is refused',
      tests: [forged.refused, tokenEndpoint.pair],
    },
    {
      at: '3.12',
      demand: 'MUST',
      says: 'Rules for different kinds of tokens exclude each other',
      passes: 'an access token is no refresh token, in the body and in the cookie, nor the other way round',
      tests: [badInput.cookies, forged.refused, tokenEndpoint.invalidGrant],
    },
  ],
}
