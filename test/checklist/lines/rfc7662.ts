import type { Line } from '../line.ts'

const NOT_THERE =
  'There is no introspection endpoint yet. GET /me tells whether a token is good, to the one who holds it.'

export const introspection: readonly Line[] = [
  { at: '2.1 (request)', demand: 'MUST', says: 'token is posted as a form', notYet: NOT_THERE },
  {
    at: '2.1 (authorization)',
    demand: 'MUST',
    says: 'Who asks has to be authorized, so that tokens cannot be tried',
    notYet: NOT_THERE,
  },
  {
    at: '2.2 (active)',
    demand: 'MUST',
    says: 'active tells whether the token is good now',
    notYet: NOT_THERE,
  },
  {
    at: '2.2 (inactive)',
    demand: 'SHOULD',
    says: 'Of a token that is not active nothing else is told',
    notYet: NOT_THERE,
  },
  {
    at: '2.3',
    demand: 'MUST',
    says: 'Who is not authorized gets 401; an unknown token is no error',
    notYet: NOT_THERE,
  },
  {
    at: '4 (checks)',
    demand: 'MUST',
    says: 'Expiry, start, revocation and signature are all checked',
    notYet: NOT_THERE,
  },
  {
    at: '4 (addresses)',
    demand: 'SHOULD',
    says: 'Tokens do not get into logs of addresses',
    notYet: NOT_THERE,
  },
]
