import { mutantsOf } from '../mutant.ts'

const SETTINGS = ['test/config/a-wrong-setting-stops-the-start.test.ts']

export const configuration = mutantsOf('src/config.ts', SETTINGS, [
  {
    name: 'settings: production starts without a secret',
    from: 'if (production && secrets === undefined)',
    to: 'if (production && secrets?.length === 0)',
  },
  { name: 'settings: a short secret is enough', from: 'Buffer.byteLength(secret) < 32 || ', to: '' },
  {
    name: 'settings: a secret of one letter is enough',
    from: 'new Set(secret).size < 10',
    to: "secret === ''",
  },
  {
    name: 'settings: a trusted origin may have a path',
    from: 'new URL(text).origin === text',
    to: "text !== ''",
  },
  { name: 'settings: any trusted proxy', from: 'Number(prefix) <= longest', to: 'longest >= 0' },
  {
    name: 'settings: access tokens no longer than settle time and grace',
    from: 'accessTtlSeconds <= graceSeconds + settleSeconds',
    to: 'accessTtlSeconds < graceSeconds + settleSeconds',
  },
  { name: 'settings: milliseconds are seconds', from: 'ms: 0.001', to: 'ms: 1' },
  {
    name: 'settings: sessions that are not remembered stay as long as others',
    from: 'Math.min(idleTtlSeconds, DAY_SECONDS)',
    to: 'idleTtlSeconds',
  },
  {
    name: 'settings: cookies are not Secure in production',
    from: 'env.COOKIE_SECURE === undefined ? production',
    to: 'env.COOKIE_SECURE === undefined ? false',
  },
  { name: 'settings: the audience is no one', from: 'env.AUDIENCE ?? issuer', to: "env.AUDIENCE ?? ''" },
  {
    name: 'settings: registration is always open',
    from: "env.REGISTRATION === 'open'",
    to: "env.REGISTRATION !== ''",
    tests: ['test/http/registering-creates-an-account-and-signs-in.test.ts'],
  },
  {
    name: 'settings: the example application in production',
    from: 'env.PAGES === undefined ? development',
    to: 'env.PAGES === undefined ? true',
    tests: ['test/http/the-pages-come-with-the-service.test.ts'],
  },
])
