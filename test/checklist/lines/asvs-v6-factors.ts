import { PASSWORD } from '../../support/app.ts'
import type { Line } from '../line.ts'
import { NEXT } from './asvs-v6-passwords.ts'

export const ONE_FACTOR = 'A password is the only factor; there are no codes of any kind.'
const NO_PHONE = 'Nothing is sent to phones or anywhere else.'
const NO_PROVIDER = 'Nobody signs in by way of another provider.'
const NO_CERTIFICATE = 'Nobody signs in with a certificate or a key.'

export const factors: readonly Line[] = [
  { at: 'V6.5.1', demand: 'L2', says: 'Codes are good once', notApplicable: ONE_FACTOR },
  {
    at: 'V6.5.2',
    demand: 'L2',
    says: 'Short look-up secrets are stored as passwords are',
    notApplicable: ONE_FACTOR,
  },
  { at: 'V6.5.3', demand: 'L2', says: 'Codes and seeds are random', notApplicable: ONE_FACTOR },
  { at: 'V6.5.4', demand: 'L2', says: 'Codes have at least 20 bits', notApplicable: ONE_FACTOR },
  { at: 'V6.5.5', demand: 'L2', says: 'Codes expire within minutes', notApplicable: ONE_FACTOR },
  {
    at: 'V6.5.6',
    demand: 'L3',
    says: 'Every factor can be revoked when it was stolen or lost',
    passes: 'the one factor there is, the password, is good for nothing once it was changed',
    async test(t, service) {
      const { email, jar } = await service.person()
      const json = { currentPassword: PASSWORD, newPassword: NEXT }
      t.equal((await service.send('POST', '/me/password', { jar, json })).status, 204)
      for (const [path, body] of [
        ['/auth/login', { email, password: PASSWORD }],
        ['/auth/token', { grant_type: 'password', username: email, password: PASSWORD }],
      ] as const) {
        t.ok([400, 401].includes((await service.send('POST', path, { json: body })).status), path)
      }
    },
  },
  { at: 'V6.5.7', demand: 'L3', says: 'Biometrics are never the only factor', notApplicable: ONE_FACTOR },
  {
    at: 'V6.5.8',
    demand: 'L3',
    says: 'Time-based codes go by a clock that is trusted',
    notApplicable: ONE_FACTOR,
  },
  { at: 'V6.6.1', demand: 'L2', says: 'Codes by phone are a last resort', notApplicable: NO_PHONE },
  {
    at: 'V6.6.2',
    demand: 'L2',
    says: 'Codes belong to the request they were made for',
    notApplicable: NO_PHONE,
  },
  { at: 'V6.6.3', demand: 'L2', says: 'Guessing of codes is limited', notApplicable: NO_PHONE },
  { at: 'V6.6.4', demand: 'L3', says: 'Push messages are limited', notApplicable: NO_PHONE },
  {
    at: 'V6.7.1',
    demand: 'L3',
    says: 'Certificates for signing in are kept safe from change',
    notApplicable: NO_CERTIFICATE,
  },
  {
    at: 'V6.7.2',
    demand: 'L3',
    says: 'Challenges have at least 64 bits and are unique',
    notApplicable: NO_CERTIFICATE,
  },
  {
    at: 'V6.8.1',
    demand: 'L2',
    says: 'One provider cannot speak for the people of another',
    notApplicable: NO_PROVIDER,
  },
  { at: 'V6.8.2', demand: 'L2', says: 'Signatures of assertions are checked', notApplicable: NO_PROVIDER },
  { at: 'V6.8.3', demand: 'L2', says: 'SAML assertions are used once', notApplicable: NO_PROVIDER },
  {
    at: 'V6.8.4',
    demand: 'L2',
    says: 'Strength and time of a sign-in elsewhere are checked',
    notApplicable: NO_PROVIDER,
  },
]
