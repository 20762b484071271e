import { mutantsOf } from '../mutant.ts'

export const crossOrigin = [
  ...mutantsOf(
    'src/http/cross-origin.ts',
    ['test/http/cross-origin.test.ts'],
    [
      {
        name: 'cross-origin: a sibling site is trusted',
        from: "request.fetchSite === 'none'",
        to: "request.fetchSite !== 'cross-site'",
      },
      {
        name: 'cross-origin: what a person typed is refused',
        from: " || request.fetchSite === 'none' ?",
        to: ' ?',
      },
      {
        name: 'cross-origin: any origin that is a URL is this one',
        from: 'hosts.includes(host.toLowerCase())',
        to: "host !== ''",
      },
      {
        name: 'cross-origin: an origin that begins as a trusted one',
        from: 'trustedOrigins.has(request.origin)',
        to: '[...trustedOrigins].some((trusted) => request.origin?.startsWith(trusted))',
      },
      {
        name: 'cross-origin: cookies without a word of where they come from',
        from: 'request.hasBearer || !request.hasOwnCookies',
        to: 'request.hasBearer || request.host !== undefined',
      },
      {
        name: 'cross-origin: DELETE is safe',
        from: "['GET', 'HEAD', 'OPTIONS']",
        to: "['GET', 'HEAD', 'OPTIONS', 'DELETE']",
      },
    ],
  ),
  ...mutantsOf(
    'src/http/cookies.ts',
    ['test/plugins/cross-origin.test.ts'],
    [
      {
        name: 'cross-origin: every cookie is one of the service',
        from: 'OWN_COOKIE.test(header)',
        to: "header !== ''",
      },
      {
        name: 'cross-origin: a cookie without a value counts',
        from: '=\\s*[^;\\s]/',
        to: '=/',
      },
      {
        name: 'cross-origin: a secure cookie does not count',
        from: '(?:__Host-)?(?:access',
        to: '(?:access',
      },
      {
        name: 'cross-origin: the device cookie does not count',
        from: '|refresh|device)',
        to: '|refresh)',
      },
      {
        name: 'cross-origin: the end of another name counts',
        from: '(?:^|;)\\s*(?:__Host-)?',
        to: '(?:__Host-)?',
      },
    ],
  ),
  ...mutantsOf(
    'src/http/cross-origin-advice.ts',
    ['test/http/cross-origin.test.ts'],
    [
      {
        name: 'cross-origin: repeats whatever the client sends',
        from: 'PRINTABLE.test(origin) ? origin : null',
        to: "origin !== '' ? origin : null",
      },
      { name: 'cross-origin: repeats a text of any length', from: '{1,252}', to: '+' },
      {
        name: 'cross-origin: an origin without a value for the setting',
        from: 'TRUSTED_ORIGINS=${from}',
        to: 'TRUSTED_ORIGINS',
      },
    ],
  ),
  ...mutantsOf(
    'plugins/json.ts',
    ['test/schemas/bad-input.test.ts'],
    [
      { name: 'bodies: an empty form is a form', from: "delete headers['content-type']", to: 'void 0' },
      { name: 'bodies: a form with fields is none', from: ' && !hasBody(request)', to: '' },
    ],
  ),
  ...mutantsOf(
    'plugins/cross-origin.ts',
    ['test/plugins/cross-origin.test.ts'],
    [
      {
        name: 'cross-origin: credentials that a browser adds by itself are a proof',
        from: "hasBearer: /^bearer\\b/i.test(headers.authorization ?? '')",
        to: 'hasBearer: headers.authorization !== undefined',
      },
      {
        name: 'cross-origin: production explains itself to preflights',
        from: "core.config.production || method !== 'OPTIONS'",
        to: "method !== 'OPTIONS'",
        tests: ['test/plugins/cors.test.ts'],
      },
      {
        name: 'cross-origin: the log does not say what was compared',
        from: 'const reason = `${verdict}: ${message}`',
        to: 'const reason = verdict',
      },
      {
        name: 'cross-origin: a route that also takes GET is not looked at',
        from: '.every(isSafe)',
        to: '.some(isSafe)',
      },
    ],
  ),
  ...mutantsOf(
    'plugins/cors.ts',
    ['test/plugins/cors.test.ts'],
    [
      { name: 'CORS: any origin may read', from: 'origin: [...trustedOrigins]', to: 'origin: true' },
      { name: 'CORS: no credentials', from: 'credentials: true', to: 'credentials: false' },
    ],
  ),
]
