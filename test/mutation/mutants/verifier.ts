import { mutantsOf } from '../mutant.ts'

const TOKENS = ['test/verifier/verifier.test.ts']
const KEYS = ['test/verifier/keys.test.ts']
const PLUGIN = ['test/verifier/plugin.test.ts']
const STANDING = ['test/verifier/standing.test.ts']
const CHECK = ['test/verifier/revocation-check.test.ts']

export const verifier = [
  ...mutantsOf('src/verifier/verifier.ts', TOKENS, [
    {
      name: 'verifier: any type of JWT is an access token',
      from: 'algorithms: [...settings.algorithms], typ: TYPE',
      to: 'algorithms: [...settings.algorithms]',
    },
    {
      name: 'verifier: a token of another audience is accepted',
      from: '...{ issuer, audience, algorithms',
      to: '...{ issuer, algorithms',
    },
    {
      name: 'verifier: a token without the name of a key is tried',
      from: "if (typeof header.kid !== 'string') throw",
      to: "if (typeof header.kid === 'number') throw",
    },
    {
      name: 'verifier: a remembered token does not expire',
      from: 'arrived - toleranceMs < remembered.facts.expiresAt',
      to: 'arrived >= 0',
    },
    {
      name: 'verifier: a withdrawn key lives on in remembered tokens',
      from: 'onChanged: () => verified.clear()',
      to: 'onChanged: () => {}',
      tests: KEYS,
    },
    {
      name: 'verifier: a closed verifier goes on',
      from: "if (closing.signal.aborted) throw new AuthError('VERIFIER_UNAVAILABLE')",
      to: '',
      tests: KEYS,
    },
  ]),
  ...mutantsOf('src/verifier/key-set.ts', KEYS, [
    {
      name: 'verifier: a key for encryption verifies',
      from: "(use === undefined || use === 'sig')",
      to: "(use === undefined || typeof use === 'string')",
    },
    {
      name: 'verifier: a private key in the key set verifies',
      from: ' || SECRET_MEMBERS.some((name) => name in key)',
      to: '',
    },
  ]),
  ...mutantsOf('src/verifier/keys.ts', KEYS, [
    {
      name: 'verifier: each unknown key is a fetch',
      from: 'if (flight === undefined && mayAttempt()) {',
      to: 'if (flight === undefined) {',
    },
    {
      name: 'verifier: a stale key set is used for ever',
      from: 'age() < maxAgeMs + MAX_STALE_MS',
      to: 'loadedAt > Number.NEGATIVE_INFINITY',
    },
    {
      name: 'verifier: an unknown key is refused for good while the issuer is down',
      from: "failure === undefined && published !== '[]' ? new",
      to: "failure !== null && published !== '[]' ? new",
    },
  ]),
  ...mutantsOf('src/verifier/bounded-fetch.ts', KEYS, [
    {
      name: 'verifier: the size of an answer has no bound',
      from: 'if (bytes > maxBytes) throw',
      to: 'if (bytes < 0) throw',
    },
    {
      name: 'verifier: a page is a key set',
      from: 'if (!mediaTypes.includes(mediaType as string))',
      to: "if (mediaType === 'none')",
    },
  ]),
  ...mutantsOf('src/verifier/options.ts', TOKENS, [
    {
      name: 'verifier: keys come without TLS',
      from: "url.protocol === 'http:' && !insecureHttp",
      to: "url.protocol === 'none:' && !insecureHttp",
    },
  ]),
  ...mutantsOf('src/verifier/plugin.ts', PLUGIN, [
    {
      name: 'verifier: the guard is not checked',
      from: 'if (check(principal, request.params as Record<string, string>)) {',
      to: 'if (check !== null) {',
    },
    {
      name: 'verifier: the guard of clients compiles',
      from: 'refuseClientGuard(guard)',
      to: '',
    },
    {
      name: 'verifier: a slow body is judged by its end',
      from: 'times[ARRIVED] ||= clock.now()',
      to: 'times[ARRIVED] = clock.now()',
    },
  ]),
  ...mutantsOf('src/verifier/standing.ts', STANDING, [
    {
      name: 'standing: an answer of before the change counts',
      from: 'answer.heard >= changed',
      to: 'answer.heard >= 0',
    },
    {
      name: 'standing: the changes of accounts are not heard',
      from: 'marks.user.get(userId)',
      to: 'undefined',
    },
    {
      name: 'standing: a token from the future is newer than each change',
      from: ' || issuedAt > now + MAX_SKEW_MS',
      to: '',
    },
    {
      name: 'standing: what is forgotten is trusted',
      from: 'all = { heard: Math.max(all.heard, mark.heard), at: Math.max(all.at, mark.at) }',
      to: '',
    },
    {
      name: 'standing: an answer counts for a minute',
      from: 'const MAX_ANSWER_AGE_MS = 1_000',
      to: 'const MAX_ANSWER_AGE_MS = 60_000',
    },
    {
      name: 'standing: closed fails open',
      from: "if (isUp || fail === 'open')",
      to: "if (isUp || fail !== 'none')",
    },
  ]),
  ...mutantsOf('src/verifier/introspection.ts', CHECK, [
    {
      name: 'introspection: an answer that is no answer is active',
      from: "if (typeof active !== 'boolean') throw new Error('its answer is no introspection')",
      to: '',
    },
    {
      name: 'introspection: any number of questions waits',
      from: 'limit.pendingCount >= MAX_WAITING',
      to: 'limit.pendingCount < 0',
    },
  ]),
  ...mutantsOf('src/verifier/verifier.ts', CHECK, [
    {
      name: 'verifier: each of two verifications at once has its answer',
      from: 'if (known !== undefined) return known',
      to: '',
    },
  ]),
  ...mutantsOf('src/verifier/revocation-check.ts', CHECK, [
    {
      name: 'introspection: each request asks',
      from: 'if (asked !== undefined) return asked',
      to: '',
    },
  ]),
  ...mutantsOf('src/hooks/audited-routes.ts', PLUGIN, [
    {
      name: 'guards: the service and the verifier share an application',
      from: 'if (root.getDecorator(FACE) === face) return',
      to: 'if (root.getDecorator(FACE) !== undefined) return',
    },
  ]),
]
