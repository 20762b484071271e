import { PASSWORD } from '../../support/app.ts'
import { everyKindOfAnswer } from '../answers.ts'
import { documentation } from '../documentation.ts'
import type { Line } from '../line.ts'
import { visit, visitAs } from '../pages.ts'
import { cookies } from './asvs-v3-cookies.ts'
import { headers } from './asvs-v3-headers.ts'
import { origins } from './asvs-v3-origins.ts'

/** The application and the API reference. */
const PAGES = ['/', '/docs/'] as const

export const webFrontend: readonly Line[] = [
  {
    at: 'V3.1.1',
    demand: 'L3',
    says: 'The documentation says which security features browsers must have, and what happens without them',
    passes:
      'docs/browsers.md has every header and every attribute of a cookie that a browser is asked to obey',
    async test(t, service) {
      const documented = documentation('browsers.md')
      const { email } = await service.person()
      const signedIn = await service.send('POST', '/auth/login', { json: { email, password: PASSWORD } })
      const asked = new Set(signedIn.setCookies.join('; ').match(/__Host-|Secure|HttpOnly|SameSite/g))
      for (const [, { headers }] of await everyKindOfAnswer(service)) {
        for (const name of Object.keys(headers)) if (TO_BROWSERS.test(name)) asked.add(name)
      }
      t.ok(asked.size > 10, [...asked].join())
      const lacks = documented.tables('a browser lacks').map(([feature = '']) => feature.toLowerCase())
      for (const name of asked) {
        t.ok(
          lacks.some((feature) => feature.includes(name.toLowerCase())),
          name,
        )
      }
    },
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
  {
    at: 'V3.2.2',
    demand: 'L1',
    says: 'Text is shown as text, not as HTML',
    passes: 'a name and a browser that are made of HTML are read in the pages as they were written',
    needs: 'browser',
    async test(t, service) {
      const markup = '<img src=x onerror="document.title=1"><b id=smuggled>'
      const { email, jar } = await service.person(markup)
      await service.send('POST', '/auth/login', {
        json: { email, password: PASSWORD },
        headers: { 'user-agent': markup },
      })
      const own = await visitAs(service, { id: '', email, jar })
      await own.getByRole('banner').getByText(markup, { exact: true }).waitFor()
      const administrators = await visitAs(service, await service.administrator(), 'admin/users')
      await administrators.getByText(markup).first().waitFor()
      for (const page of [own, administrators]) {
        t.equal(await page.locator('main img, #smuggled').count(), 0)
        t.not(await page.title(), '1')
        await page.context().close()
      }
    },
  },
  {
    at: 'V3.2.3',
    demand: 'L3',
    says: 'Scripts of pages avoid DOM clobbering',
    passes: 'they are modules, and leave no variable at the window that an element could take the place of',
    needs: 'browser',
    async test(t, service) {
      const page = await visit(service)
      const globals = () => page.evaluate<string[]>('Object.keys(window)')
      const ofThePage = await globals()
      t.equal(await page.locator('script:not([type=module])').count(), 0)
      t.ok((await page.locator('script[type=module]').count()) > 0)
      await page.goto('/health/live')
      t.same(ofThePage.toSorted(), (await globals()).toSorted())
      await page.context().close()
    },
  },
  ...cookies,
  ...headers,
  ...origins,
  {
    at: 'V3.6.1',
    demand: 'L3',
    says: 'Scripts, styles and fonts of other hosts are versioned and checked for integrity',
    passes: 'no page loads anything from another host, and the policy would not let it',
    async test(t, service) {
      for (const path of PAGES) {
        const page = await service.page(path)
        t.equal(page.status, 200, path)
        t.notMatch(page.body, /<(script|link|img)[^>]+(src|href)="(https?:)?\/\//)
        t.notMatch(page.headers['content-security-policy'], /https?:|\*/)
      }
    },
  },
  {
    at: 'V3.7.1',
    demand: 'L2',
    says: 'No technology of the past is used in pages: no applets, Flash or plug-ins',
    passes: 'the policy allows no object, and no page has one',
    async test(t, service) {
      for (const path of PAGES) {
        const page = await service.page(path)
        t.equal(page.status, 200, path)
        t.match(page.headers['content-security-policy'], /default-src 'none'/)
        t.notMatch(page.body, /<(object|embed|applet)\b/i)
      }
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
    passes:
      'without Fetch Metadata the Origin header decides, and without both what has cookies is refused, as docs/browsers.md says',
    async test(t, service) {
      const rows = documentation('browsers.md').tables('a browser lacks')
      const without = (feature: string) => rows.find(([name]) => name === feature)?.[2]
      t.match(without('`Sec-Fetch-Site`'), '`Origin` decides')
      t.match(without('`Origin`'), /is \*\*refused\*\*: 403, "must say where it comes from"/)
      const { jar } = await service.person()
      const older = { 'sec-fetch-site': undefined }
      const change = (origin: string | undefined) =>
        service.send('PATCH', '/me', { jar, json: { name: 'Ada' }, headers: { ...older, origin } })
      t.equal((await change(`http://localhost:${service.port}`)).status, 200)
      t.equal((await change('https://attacker.example')).status, 403)
      const refused = await change(undefined)
      t.equal(refused.status, 403)
      t.match(refused.body, 'must say where it comes from')

      const withoutCookies = await service.send('GET', '/me')
      t.match(without('cookies'), String(withoutCookies.status))
    },
  },
]

/** Headers that a browser, and nobody else, is asked to obey. */
const TO_BROWSERS = /^(cache-control|content-security-policy|cross-origin-|referrer-policy|strict-|x-)/
