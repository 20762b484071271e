import { PASSWORD } from '../../support/app.ts'
import type { Line } from '../line.ts'
import { cookies } from './asvs-v3-cookies.ts'
import { headers } from './asvs-v3-headers.ts'
import { origins } from './asvs-v3-origins.ts'

const NO_PAGE =
  'The service answers with data. Its one page, the API reference, shows nothing that people wrote.'

export const webFrontend: readonly Line[] = [
  {
    at: 'V3.1.1',
    demand: 'L3',
    says: 'The documentation says which security features browsers must have, and what happens without them',
    notYet: 'The README says that cookies need https. What an old browser loses is not written down.',
  },
  {
    at: 'V3.2.1',
    demand: 'L1',
    says: 'Answers are not shown by a browser in a context that they are not meant for',
    passes: 'data opened as a page stays data: JSON, nosniff, and a policy that runs nothing',
    async test(t, service) {
      const { jar } = await service.person('<script>alert(1)</script>')
      const headers = { 'sec-fetch-dest': 'document', accept: 'text/html' }
      const answer = await service.send('GET', '/me', { jar, headers })
      t.equal(answer.status, 200)
      t.match(answer.headers['content-type'], /^application\/json/)
      t.equal(answer.headers['x-content-type-options'], 'nosniff')
      t.match(answer.headers['content-security-policy'], /^default-src 'none'/)
    },
  },
  { at: 'V3.2.2', demand: 'L1', says: 'Text is shown as text, not as HTML', notApplicable: NO_PAGE },
  { at: 'V3.2.3', demand: 'L3', says: 'Scripts of pages avoid DOM clobbering', notApplicable: NO_PAGE },
  ...cookies,
  ...headers,
  ...origins,
  {
    at: 'V3.6.1',
    demand: 'L3',
    says: 'Scripts, styles and fonts of other hosts are versioned and checked for integrity',
    passes: 'the API reference loads nothing from another host, and its policy would not let it',
    async test(t, service) {
      const page = await service.send('GET', '/docs/')
      t.equal(page.status, 200)
      t.notMatch(page.body, /<(script|link|img)[^>]+(src|href)="(https?:)?\/\//)
      t.notMatch(page.headers['content-security-policy'], /https?:|\*/)
    },
  },
  {
    at: 'V3.7.1',
    demand: 'L2',
    says: 'No technology of the past is used in pages: no applets, Flash or plug-ins',
    passes: 'the policy allows no object, and the API reference has none',
    async test(t, service) {
      const page = await service.send('GET', '/docs/')
      t.match(page.headers['content-security-policy'], /default-src 'none'/)
      t.notMatch(page.body, /<(object|embed|applet)\b/i)
    },
  },
  {
    at: 'V3.7.2',
    demand: 'L2',
    says: 'People are redirected to other hosts of a list only',
    passes: 'no parameter and no path makes the service redirect to another host',
    async test(t, service) {
      const { email } = await service.person()
      for (const path of ['//attacker.example/', '/\\attacker.example', '/docs?next=//attacker.example']) {
        const { headers } = await service.send('GET', path)
        t.notMatch(headers.location ?? '', /attacker/, path)
      }
      const query = '?redirect=https://attacker.example&next=//attacker.example&returnTo=//attacker.example'
      const json = { email, password: PASSWORD }
      const answer = await service.send('POST', `/auth/login${query}`, { json })
      t.equal(answer.status, 200)
      t.equal(answer.headers.location, undefined)
    },
  },
  {
    at: 'V3.7.3',
    demand: 'L3',
    says: 'People are told before they are sent to an address elsewhere',
    notApplicable: 'The service sends nobody anywhere.',
  },
  {
    at: 'V3.7.4',
    demand: 'L3',
    says: 'The domain is on the preload list for https',
    notApplicable: 'The domain is that of whoever runs the service.',
  },
  {
    at: 'V3.7.5',
    demand: 'L3',
    says: 'The service does what it says where a browser lacks a feature',
    notYet:
      'As V3.1.1. Without Fetch Metadata the Origin header decides, and without both cookies do not count (V3.5.1).',
  },
]
