import t from 'tap'
import { clientAddress, trustedProxies } from '../../src/http/client-address.ts'
import {
  type CrossOriginRequest,
  type CrossOriginVerdict,
  isSafe,
  judgeOrigin,
} from '../../src/http/cross-origin.ts'
import { adviceFor } from '../../src/http/cross-origin-advice.ts'

const TRUSTED = new Set(['https://app.example.com'])

/** An unsafe request with cookies and no further headers. */
const POST: CrossOriginRequest = {
  method: 'POST',
  fetchSite: undefined,
  origin: undefined,
  host: 'auth.example.com',
  hasOwnCookies: true,
  hasBearer: false,
}

type Case = readonly [what: string, request: Partial<CrossOriginRequest>, verdict: CrossOriginVerdict]

const cases: readonly Case[] = [
  ['its own page', { fetchSite: 'same-origin' }, 'allowed'],
  ['the person: typed, or from a bookmark', { fetchSite: 'none' }, 'allowed'],
  ['a sibling domain', { fetchSite: 'same-site' }, 'cross-site'],
  ['another site', { fetchSite: 'cross-site' }, 'cross-site'],
  ['a value from the future', { fetchSite: 'same-planet' }, 'cross-site'],
  ['an empty value', { fetchSite: '' }, 'cross-site'],
  [
    'another site without cookies: login forgery',
    { fetchSite: 'cross-site', hasOwnCookies: false },
    'cross-site',
  ],
  ['another site with a bearer token', { fetchSite: 'cross-site', hasBearer: true }, 'cross-site'],
  [
    'another site that claims this origin',
    { fetchSite: 'cross-site', origin: 'https://auth.example.com' },
    'cross-site',
  ],
  ['a trusted page', { fetchSite: 'cross-site', origin: 'https://app.example.com' }, 'allowed'],
  ['a trusted page in an older browser', { origin: 'https://app.example.com' }, 'allowed'],
  ['a trusted name over plain http', { origin: 'http://app.example.com' }, 'foreign-origin'],
  ['a trusted name in capitals', { origin: 'https://APP.example.com' }, 'foreign-origin'],
  ['a trusted name with an appendix', { origin: 'https://app.example.com.evil.example' }, 'foreign-origin'],
  ['its own page in an older browser', { origin: 'https://auth.example.com' }, 'allowed'],
  ['its own page behind a proxy that speaks https', { origin: 'https://auth.example.com' }, 'allowed'],
  [
    'its own page, the host in capitals',
    { origin: 'https://auth.example.com', host: 'AUTH.Example.com' },
    'allowed',
  ],
  ['its own page with a port', { origin: 'http://localhost:3000', host: 'localhost:3000' }, 'allowed'],
  [
    'its own page, the port of the scheme in Host',
    { host: 'auth.example.com:443', origin: 'https://auth.example.com' },
    'allowed',
  ],
  [
    'its own page, the port of plain http in Host',
    { host: 'auth.example.com:80', origin: 'http://auth.example.com' },
    'allowed',
  ],
  [
    'the port of the other scheme',
    { host: 'auth.example.com:80', origin: 'https://auth.example.com' },
    'foreign-origin',
  ],
  [
    'a port that Host has twice',
    { host: 'localhost:3000:80', origin: 'http://localhost:3000' },
    'foreign-origin',
  ],
  ['another port', { origin: 'http://localhost:3001', host: 'localhost:3000' }, 'foreign-origin'],
  ['another origin', { origin: 'https://evil.example' }, 'foreign-origin'],
  ['a sandboxed frame', { origin: 'null' }, 'foreign-origin'],
  ['an Origin that is none', { origin: 'auth.example.com' }, 'foreign-origin'],
  ['an empty Origin', { origin: '' }, 'foreign-origin'],
  ['two Origins', { origin: 'https://auth.example.com, https://evil.example' }, 'foreign-origin'],
  ['no host', { origin: 'https://auth.example.com', host: '' }, 'foreign-origin'],
  ['neither header, with cookies', {}, 'unknown-origin'],
  ['neither header, with cookies and a bearer token', { hasBearer: true }, 'allowed'],
  ['neither header and no cookies: a program', { hasOwnCookies: false }, 'allowed'],
]

for (const [what, request, verdict] of cases) {
  t.test(`judges ${what}: ${verdict}`, async (t) => {
    t.equal(judgeOrigin({ ...POST, ...request }, TRUSTED), verdict)
  })
}

t.test('allows safe methods from everywhere, and not in another spelling', async (t) => {
  for (const method of ['GET', 'HEAD', 'OPTIONS']) {
    t.equal(isSafe(method), true)
    t.equal(judgeOrigin({ ...POST, method, fetchSite: 'cross-site' }, TRUSTED), 'allowed')
  }
  for (const method of ['POST', 'PUT', 'PATCH', 'DELETE', 'TRACE', 'get', 'QUERY', '']) {
    t.equal(isSafe(method), false)
    t.equal(judgeOrigin({ ...POST, method, fetchSite: 'cross-site' }, TRUSTED), 'cross-site')
  }
})

t.test('has no address for a client that has gone', async (t) => {
  t.equal(clientAddress(undefined, '192.0.2.1', trustedProxies('127.0.0.1')), '')
})

const LONG = `https://${'a'.repeat(300)}.example`

const advice: readonly (readonly [what: string, origin: string | undefined, host: string, found: RegExp])[] =
  [
    [
      'no origin',
      undefined,
      'localhost:3000',
      /Its Origin is missing, compared with the host localhost:3000\. /,
    ],
    [
      'the origin of a sandboxed frame',
      'null',
      'a.example',
      /Its Origin is not an http origin, .+ http:\/\/a\.example\.$/,
    ],
    [
      'its own origin',
      'http://a.example',
      'a.example',
      /Its Origin is http:\/\/a\.example, .+ http:\/\/a\.example\.$/,
    ],
    ['an extension', 'chrome-extension://abc', 'a.example', /Its Origin is not an http origin/],
    ['an IPv6 address', 'http://[::1]:8080', '[::1]:3000', /TRUSTED_ORIGINS=http:\/\/\[::1\]:8080$/],
    [
      'an origin with quotation marks',
      'https://a"b.example',
      'a.example',
      /Its Origin is not an http origin/,
    ],
    ['an origin that is too long', LONG, 'a.example', /Its Origin is not an http origin/],
    [
      'a host with quotation marks',
      'https://b.example',
      'a"b',
      /compared with an invalid host\. The Host header is not valid\. /,
    ],
    ['a host that is none', 'https://b.example', 'a b', /compared with an invalid host/],
  ]

for (const [what, origin, host, found] of advice) {
  t.test(`names what was compared for ${what}`, async (t) => {
    const text = adviceFor('foreign-origin', { origin, host }, 'http')
    t.match(text, found)
    // RFC 6749 section 5.2, and nothing that ends a line of a log.
    t.match(text, /^[\x20-\x21\x23-\x5b\x5d-\x7e]{1,1200}$/)
  })
}
