import type { Line } from '../line.ts'

const NOT_THERE =
  'There is no revocation endpoint yet. POST /auth/logout with an access token ends its session (ASVS V7.4.1).'

export const revocation: readonly Line[] = [
  { at: '2', demand: 'MUST', says: 'Refresh tokens can be revoked at an endpoint', notYet: NOT_THERE },
  {
    at: '2.1 (request)',
    demand: 'MUST',
    says: 'token, and a hint of its type that may be wrong, are posted as a form',
    notYet: NOT_THERE,
  },
  {
    at: '2.1 (cascade)',
    demand: 'SHOULD',
    says: 'With a refresh token, the access tokens of the same grant end',
    notYet: NOT_THERE,
  },
  {
    at: '2.2',
    demand: 'MUST',
    says: 'The answer is 200, for tokens that are not known too',
    notYet: NOT_THERE,
  },
  {
    at: '2.2.1',
    demand: 'MUST',
    says: 'A type of token that cannot be revoked is unsupported_token_type',
    notYet: NOT_THERE,
  },
  { at: '2.3', demand: 'MAY', says: 'Pages of other origins may call it', notYet: NOT_THERE },
  { at: '5', demand: 'SHOULD', says: 'Guessing tokens at the endpoint is limited', notYet: NOT_THERE },
]
