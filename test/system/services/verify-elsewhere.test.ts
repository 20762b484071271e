/** Other verifiers than our own: examples/verify-elsewhere, and the example of docs/services.md with jose. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { text } from 'node:stream/consumers'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { PAIR_ALGORITHMS } from '../../../src/keys/key-pair.ts'
import { buildApp, signUp } from '../../support/app.ts'
import { movableClock } from '../../support/clock.ts'
import { withoutPrograms } from '../../support/find-program.ts'
import { findPythonJwt, WITHOUT_PYTHON_JWT } from '../../support/find-python.ts'
import { claimsAt, issuerOf, keyPair, signedBy } from '../../support/issuer.ts'
import { commandsOf, paste } from '../../support/pasted.ts'
import { listen } from '../../support/socket.ts'
import { fetchTokens, hmac, jwt } from '../../support/tokens.ts'

const ROOT = new URL('../../../', import.meta.url)
const python = findPythonJwt()
const skipPython = python === undefined && WITHOUT_PYTHON_JWT

interface Settings {
  readonly AUTH_URL: string
  readonly ISSUER?: string
  readonly AUDIENCE?: string
  readonly ACCESS_TOKEN_ALG: string
}

/** Returns the subject of a token, or null if the token is refused. */
type Verify = (token: string) => Promise<string | null>
type StartVerifier = (t: Test, settings: Settings) => Promise<Verify>

/** Calls `verify` of verify.py for each line that it reads. */
const LOOP = `
import sys
from verify import jwt, verify
for line in sys.stdin:
    try:
        print(verify(line.strip())['sub'], flush=True)
    except jwt.PyJWTError:
        print('refused', flush=True)
`

async function startPython(t: Test, settings: Settings): Promise<Verify> {
  const child = spawn(python as string, ['-B', '-c', LOOP], {
    cwd: new URL('examples/verify-elsewhere', ROOT),
    env: { ...process.env, ...settings },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  t.teardown(() => child.kill())
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return async (token) => {
    child.stdin.write(`${token}\n`)
    const { value = 'ended' } = await lines.next()
    return value === 'refused' ? null : value
  }
}

/** The block of docs/services.md that verifies with jose alone, as a module. */
async function startJose(
  t: Test,
  { AUTH_URL, ISSUER = 'http://localhost', AUDIENCE, ACCESS_TOKEN_ALG }: Settings,
) {
  const page = readFileSync(new URL('docs/services.md', ROOT), 'utf8')
  const block = page
    .split('```')
    .find((each) => each.startsWith('js\n') && each.includes('createRemoteJWKSet'))
  const module = String(block)
    .slice('js\n'.length)
    .replace('http://localhost:3000', AUTH_URL)
    .replace("issuer: 'http://localhost'", `issuer: '${ISSUER}'`)
    .replace("audience: 'http://localhost'", `audience: '${AUDIENCE ?? ISSUER}'`)
    .replace("'EdDSA'", `'${ACCESS_TOKEN_ALG}'`)
    .replace("from 'jose'", `from '${import.meta.resolve('jose')}'`)
  const { verify } = await import(pathToFileURL(`${t.testdir({ 'verify.mjs': module })}/verify.mjs`).href)
  const subjectOf: Verify = (token) =>
    verify(token).then(
      ({ sub }: { sub: string }) => sub,
      () => null,
    )
  return subjectOf
}

const verifiers: Readonly<Record<string, readonly [StartVerifier, skip: string | false]>> = {
  'verify.py': [startPython, skipPython],
  'jose alone': [startJose, false],
}

for (const [name, [start, skip]] of Object.entries(verifiers)) {
  for (const alg of PAIR_ALGORITHMS) {
    t.test(`${name} accepts a token that the service signed with ${alg}`, { skip }, async (t) => {
      // Other programs have the time of this machine.
      const clock = movableClock(Date.now())
      const service = await buildApp(t, { clock, environment: { ACCESS_TOKEN_ALG: alg } })
      await signUp(service)
      const { access_token, refresh_token } = await fetchTokens(service)
      const AUTH_URL = `http://localhost:${await listen(service)}`
      const verify = await start(t, { AUTH_URL, ACCESS_TOKEN_ALG: alg })
      const me = { url: '/me', headers: { authorization: `Bearer ${access_token}` } }
      t.equal(await verify(access_token), (await service.request(me)).json().user.id)
      t.equal(await verify(refresh_token), null)
    })
  }

  t.test(`${name} refuses tokens that are not good access tokens`, { skip }, async (t) => {
    const pair = await keyPair()
    const rsa = await keyPair('RS256')
    const stranger = await keyPair()
    const { url: AUTH_URL } = await issuerOf(t, pair, rsa)
    const now = Date.now()
    const claims = claimsAt(now)
    const { iss: ISSUER, aud: AUDIENCE, sub } = claims
    const verify = await start(t, { AUTH_URL, ISSUER, AUDIENCE, ACCESS_TOKEN_ALG: 'EdDSA' })
    const header = { alg: 'EdDSA', kid: pair.kid, typ: 'at+jwt' }
    const wrong: Readonly<Record<string, string>> = {
      'no token': 'something else',
      'an expired token': await signedBy(pair, claimsAt(now, { exp: Math.floor(now / 1_000) - 1 })),
      'another issuer': await signedBy(pair, claimsAt(now, { iss: 'https://elsewhere.example' })),
      'another audience': await signedBy(pair, claimsAt(now, { aud: 'music' })),
      'another type': await signedBy(pair, claims, { typ: 'JWT' }),
      'the key of a stranger': await signedBy({ ...stranger, kid: pair.kid }, claims),
      'an unknown key': await signedBy(stranger, claims),
      'a key that it brings itself': await signedBy(stranger, claims, { jwk: stranger.jwk }),
      'another algorithm of the key set': await signedBy(rsa, claims),
      'no expiry': await signedBy(pair, claimsAt(now, { exp: undefined })),
      'no signature': jwt({ ...header, alg: 'none' }, claims, () => ''),
      'an HMAC by the public key': jwt({ ...header, alg: 'HS256' }, claims, hmac(pair.jwk.x as string)),
    }
    for (const [what, token] of Object.entries(wrong)) t.equal(await verify(token), null, what)
    t.equal(await verify(await signedBy(pair, claims)), sub)
    t.equal(await verify(await signedBy(pair, claims, { typ: 'application/at+jwt' })), sub)
  })
}

t.test('verify.py prints the claims, or why it refuses', { skip: skipPython }, async (t) => {
  const pair = await keyPair()
  const { url: AUTH_URL } = await issuerOf(t, pair)
  const claims = claimsAt(Date.now())
  const run = async (token: string) => {
    const child = spawn(python as string, ['-B', 'verify.py', token], {
      cwd: new URL('examples/verify-elsewhere', ROOT),
      env: { ...process.env, AUTH_URL, ISSUER: claims.iss, AUDIENCE: claims.aud },
    })
    const closed = once(child, 'close')
    const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
    const [status] = await closed
    return { status, stdout, stderr }
  }
  t.strictSame(JSON.parse((await run(await signedBy(pair, claims))).stdout), claims)
  t.match(await run('nonsense'), { status: 1, stdout: '', stderr: /^refused: / })
})

const withoutCurl = withoutPrograms([['curl', '--version']])
t.test(
  'the commands of its README print the claims of a token',
  { skip: skipPython || withoutCurl },
  async (t) => {
    const clock = movableClock(Date.now())
    const service = await buildApp(t, { clock, environment: { ACCESS_TOKEN_ALG: 'EdDSA' } })
    const AUTH_URL = `http://localhost:${await listen(service)}`
    const [commands = ''] = commandsOf('examples/verify-elsewhere/README.md', 'verify.py')
    const here = commands
      .replace('http://localhost:3000', AUTH_URL)
      .replace('python3 examples', `${python} -B examples`)
    const [account = '', claims = ''] = (await paste(here, { AUTH_URL })).trim().split(/(?<=\}\})/)
    t.equal(JSON.parse(claims).sub, JSON.parse(account).user.id)
  },
)

t.test('finds a Python with the packages, or says what is missing', async (t) => {
  t.equal(
    findPythonJwt({}, (path) => path === '/usr/bin/python3'),
    '/usr/bin/python3',
  )
  t.equal(
    findPythonJwt({}, () => false),
    undefined,
  )
  t.throws(() => findPythonJwt({ TACIT_REQUIRE_PYTHON_JWT: '1' }, () => false), {
    message: WITHOUT_PYTHON_JWT,
  })
})
