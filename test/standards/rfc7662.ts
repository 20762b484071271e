import type { Source } from './row.ts'
import { acrossProcesses, clients, introspection } from './tests.ts'

export const tokenIntrospection: Source = {
  name: 'RFC 7662',
  title: 'RFC 7662, Token Introspection',
  rows: [
    {
      at: '2.1 (request)',
      demand: 'MUST',
      says: 'token is posted as a form',
      passes: 'a form is read, and JSON as well; a token that is missing or sent twice is refused',
      tests: [introspection.active, introspection.malformed],
    },
    {
      at: '2.1 (authorization)',
      demand: 'MUST',
      says: 'The client has to be authorized, so that tokens cannot be tried',
      passes: 'registered clients and the permission tokens:introspect alone are let in',
      tests: [introspection.callers, clients.wrong, clients.limited],
    },
    {
      at: '2.2 (active)',
      demand: 'MUST',
      says: 'active tells whether the token is good now',
      passes: 'it is false from the moment at which the service itself refuses the token, in every process',
      tests: [introspection.moment, introspection.ended, acrossProcesses.revoked],
    },
    {
      at: '2.2 (inactive)',
      demand: 'SHOULD',
      says: 'Of a token that is not active nothing else is told',
      passes: 'the answer is {"active": false} alone',
      tests: [introspection.inactive],
    },
    {
      at: '2.3',
      demand: 'MUST',
      says: 'A client without authorization gets 401; an unknown token is no error',
      passes: 'wrong or no credentials are invalid_client with 401; an unknown token is inactive',
      tests: [introspection.callers, introspection.inactive],
    },
    {
      at: '4 (checks)',
      demand: 'MUST',
      says: 'Expiry, start, revocation and signature are all checked',
      passes: 'each of them, the issuer, the audience and the type make a token inactive',
      tests: [introspection.inactive, introspection.moment, introspection.ended],
    },
    {
      at: '4 (addresses)',
      demand: 'SHOULD',
      says: 'Tokens do not get into logs of addresses',
      passes: 'a token in the address is not read, and no token is logged',
      tests: [introspection.malformed, introspection.unlogged],
    },
  ],
}
