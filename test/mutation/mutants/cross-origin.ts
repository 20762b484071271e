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
        from: 'hostOf(request.origin) === request.host.toLowerCase()',
        to: 'hostOf(request.origin) !== null',
      },
      {
        name: 'cross-origin: an origin that begins as a trusted one',
        from: 'trustedOrigins.has(request.origin)',
        to: '[...trustedOrigins].some((trusted) => request.origin?.startsWith(trusted))',
      },
      {
        name: 'cross-origin: cookies without a word of where they come from',
        from: 'request.hasBearer || !request.hasCookies',
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
    'plugins/cross-origin.ts',
    ['test/plugins/cross-origin.test.ts'],
    [
      {
        name: 'cross-origin: credentials that a browser adds by itself are a proof',
        from: "hasBearer: /^bearer\\b/i.test(headers.authorization ?? '')",
        to: 'hasBearer: headers.authorization !== undefined',
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
