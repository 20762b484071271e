import { everyAnswer, TRUSTING } from '../answers.ts'
import type { Line } from '../line.ts'

const EVIL = 'https://attacker.example'

export const headers: readonly Line[] = [
  {
    at: 'V3.4.1',
    demand: 'L1',
    says: 'Every answer carries Strict-Transport-Security with at least a year',
    passes: 'a year on every kind of answer, preflights included',
    async test(t, service) {
      for (const [what, { headers }] of await everyAnswer(service)) {
        const [, seconds] = /^max-age=(\d+)/.exec(String(headers['strict-transport-security'])) ?? []
        t.ok(Number(seconds) >= 31_536_000, what)
      }
    },
  },
  {
    at: 'V3.4.1 (subdomains)',
    demand: 'L2',
    says: 'The policy covers all subdomains',
    notYet:
      'includeSubDomains would bind hosts that this service knows nothing of. Whoever owns the domain adds it at the proxy.',
  },
  {
    at: 'V3.4.2',
    demand: 'L1',
    says: 'Access-Control-Allow-Origin is fixed or comes from a list of trusted origins',
    passes: 'a trusted origin is named and no other is, not by suffix, not null; without a list nobody is',
    async test(t, service) {
      const trusted = await service.variant({ ...TRUSTING })
      const allowed = async ({ send }: typeof service, origin: string) =>
        (await send('GET', '/me', { headers: { origin } })).headers['access-control-allow-origin']
      t.equal(await allowed(trusted, 'https://app.example.com'), 'https://app.example.com')
      const foreign = [EVIL, 'null', 'https://app.example.com.evil.example', 'http://app.example.com']
      for (const origin of foreign) {
        t.equal(await allowed(trusted, origin), undefined, origin)
      }
      for (const origin of [...foreign, 'https://app.example.com']) {
        t.equal(await allowed(service, origin), undefined, origin)
      }
    },
  },
  {
    at: 'V3.4.3',
    demand: 'L2',
    says: "A Content-Security-Policy allows what is trusted only, with object-src 'none' and base-uri 'none'",
    passes: "default-src 'none' holds for objects too, base-uri is 'none', and scripts come from this origin",
    async test(t, service) {
      for (const [what, { headers }] of await everyAnswer(service)) {
        const policy = directives(headers['content-security-policy'])
        t.equal(policy['object-src'] ?? policy['default-src'], "'none'", what)
        t.equal(policy['base-uri'], "'none'")
        t.notMatch(policy['script-src'] ?? '', /unsafe|\*|https?:/)
      }
    },
  },
  {
    at: 'V3.4.4',
    demand: 'L2',
    says: 'Every answer says X-Content-Type-Options: nosniff',
    passes: 'nosniff on every kind of answer, preflights included',
    async test(t, service) {
      for (const [what, { headers }] of await everyAnswer(service)) {
        t.equal(headers['x-content-type-options'], 'nosniff', what)
      }
    },
  },
  {
    at: 'V3.4.5',
    demand: 'L2',
    says: 'A referrer policy keeps addresses from third parties',
    passes: 'Referrer-Policy is no-referrer on every kind of answer, preflights included',
    async test(t, service) {
      for (const [what, { headers }] of await everyAnswer(service)) {
        t.equal(headers['referrer-policy'], 'no-referrer', what)
      }
    },
  },
  {
    at: 'V3.4.6',
    demand: 'L2',
    says: 'frame-ancestors keeps every answer from being embedded',
    passes: "frame-ancestors is 'none' on every kind of answer, preflights included",
    async test(t, service) {
      for (const [what, { headers }] of await everyAnswer(service)) {
        t.equal(directives(headers['content-security-policy'])['frame-ancestors'], "'none'", what)
      }
    },
  },
  {
    at: 'V3.4.7',
    demand: 'L3',
    says: 'The policy names a place where violations are reported',
    notYet:
      'There is nothing that collects reports, and a place that anybody may write to needs limits of its own.',
  },
  {
    at: 'V3.4.8',
    demand: 'L3',
    says: 'What is shown as a document carries Cross-Origin-Opener-Policy',
    passes: 'same-origin on the application and on the API reference',
    async test(t, service) {
      for (const path of ['/', '/docs/']) {
        const { headers } = await service.page(path)
        t.match(headers['content-type'], /^text\/html/, path)
        t.equal(headers['cross-origin-opener-policy'], 'same-origin')
      }
    },
  },
]

function directives(policy: unknown): Record<string, string | undefined> {
  return Object.fromEntries(
    String(policy)
      .split(';')
      .map((directive) => {
        const [name, ...values] = directive.trim().split(' ')
        return [name, values.join(' ')]
      }),
  )
}
