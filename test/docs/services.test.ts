import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import t, { type Test } from 'tap'
import { buildApp, signUp } from '../support/app.ts'
import { registerClient } from '../support/clients.ts'
import { movableClock } from '../support/clock.ts'
import { commandLine, programPath } from '../support/command-line.ts'
import { codeBelow, listeningService } from '../support/documented-clients.ts'
import { withoutPrograms } from '../support/find-program.ts'
import { LOGOUT } from '../support/rotation.ts'
import { listen } from '../support/socket.ts'
import { bearer, fetchTokens } from '../support/tokens.ts'

const STREAM = 'Hear of revocations'
const SECTION = 'Register a client, introspect, revoke'
const skip = withoutPrograms([['curl', '--version']])

/** Runs a block as a reader pastes it. The program is the one of this repository. */
function pasterAt(t: Test, address: string, cwd: string, environment: object) {
  return async (block: string | undefined, settings: Record<string, string> = {}): Promise<string> => {
    const npx = `npx() { shift; '${process.execPath}' '${programPath}' "$@"; }\n`
    const commands = npx + String(block).replaceAll('http://localhost:3000', address)
    const env = {
      PATH: process.env.PATH,
      NODE_DISABLE_COMPILE_CACHE: '1',
      ...strings(environment),
      ...settings,
    }
    const shell = spawn('sh', ['-ec', commands], { cwd, env, stdio: ['ignore', 'pipe', 'inherit'] })
    const [output, [status]] = await Promise.all([text(shell.stdout), once(shell, 'close')])
    t.equal(status, 0, commands)
    return output
  }
}

t.test('the commands of docs/services.md show the key set, and replace its keys', { skip }, async (t) => {
  const { directory, environment } = commandLine(t)
  const settings = { ...environment, ACCESS_TOKEN_ALG: 'EdDSA' } as const
  const service = await listeningService(t, settings)
  const paste = pasterAt(t, service.address, directory, settings)
  const [show, rotate, end, ...others] = codeBelow('docs/services.md', 'Key pairs')
  t.strictSame(others, [], 'every command is tried')
  const before = JSON.parse(await paste(show)).keys
  const page = readFileSync(new URL('../../docs/services.md', import.meta.url), 'utf8')
  const [, example = '{}'] = /```json\n({\n {2}"keys".*?)```/s.exec(page) ?? []
  t.strictSame(Object.keys(before[0]).sort(), Object.keys(JSON.parse(example).keys[0]).sort())
  t.match(await paste(rotate), /EdDSA +next.*EdDSA +next/s)
  const after = await paste(end)
  t.match(after, /EdDSA +signs/)
  t.notOk(before.some(({ kid }: { kid: string }) => after.includes(kid)))
})

t.test('the commands of docs/services.md register a client, introspect and revoke', { skip }, async (t) => {
  const { directory, environment } = commandLine(t)
  const service = await listeningService(t, environment)
  await signUp(service)
  const { access_token: TOKEN } = await fetchTokens(service)
  const [create, introspect, revoke, replace, ...others] = codeBelow('docs/services.md', SECTION)
  t.strictSame(others, [], 'every command is tried')

  const paste = pasterAt(t, service.address, directory, environment)
  const shown = await paste(create)
  const [, CLIENT_ID = '', CLIENT_SECRET = ''] = /\nid {6}(\S+)\nsecret {2}(\S+)\n/.exec(shown) ?? []
  const page = readFileSync(new URL('../../docs/services.md', import.meta.url), 'utf8')
  const documented = /^Created the client movies[^`]*/m.exec(page)?.[0] ?? ''
  const withoutValues = (output: string) => output.replaceAll(/(id {6}|secret {2})\S+/g, '$1')
  t.equal(withoutValues(shown), withoutValues(documented))

  const settings = { CLIENT_ID, CLIENT_SECRET, TOKEN }
  const answer = JSON.parse(await paste(introspect, settings))
  t.match(answer, { active: true, username: 'ada@example.com', role: 'user' })
  const [, example = '{}'] = /```json\n({\n {2}"active".*?)```/s.exec(page) ?? []
  t.strictSame(
    Object.keys(JSON.parse(example)).filter((name) => !(name in answer)),
    [],
    'each member of the example is there',
  )

  t.equal(await paste(revoke, settings), '{}')
  t.strictSame(JSON.parse(await paste(introspect, settings)), { active: false })
  t.match(await paste(replace, settings), /movies\nDeleted the client movies\.\n$/)
  t.match(JSON.parse(await paste(introspect, settings)), { error: 'invalid_client' })
})

const strings = (settings: object): Record<string, string> =>
  Object.fromEntries(Object.entries(settings).map(([name, value]) => [name, String(value)]))

t.test('the command of docs/services.md shows the stream of revocations', { skip }, async (t) => {
  const { environment } = commandLine(t)
  const service = await listeningService(t, environment)
  const jar = await signUp(service)
  const client = await registerClient(service)
  const [subscribe, , ...others] = codeBelow('docs/services.md', STREAM)
  t.strictSame(others, [], 'every command is tried')
  const shell = spawn(
    'sh',
    ['-ec', `exec ${String(subscribe).replace('http://localhost:3000', service.address)}`],
    {
      env: { PATH: process.env.PATH, CLIENT_ID: client.id, CLIENT_SECRET: client.secret },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  )
  const ended = once(shell, 'close')
  let shown = ''
  shell.stdout.setEncoding('utf8').on('data', (part: string) => {
    shown += part
  })
  while (!shown.includes('event: place')) await once(shell.stdout, 'data')
  await service.request(LOGOUT, jar)
  while (!shown.includes('"of":"session"')) await once(shell.stdout, 'data')
  shell.kill()
  await ended
  const shape =
    /^retry: \d+\n\nevent: place\nid: \S+\ndata: {}\n\nevent: change\nid: \S+\ndata: {"of":"session","id":"\S+"}\n\n/
  t.match(shown, shape)
  const page = readFileSync(new URL('../../docs/services.md', import.meta.url), 'utf8')
  t.match(page.slice(page.indexOf('retry: ')), shape, 'as the page shows it')
})

t.test('the programs of docs/services.md verify access tokens and hear of a sign-out', async (t) => {
  const clock = movableClock(Date.now())
  const service = await buildApp(t, { environment: { ACCESS_TOKEN_ALG: 'EdDSA' }, clock })
  const address = `http://localhost:${await listen(service)}`
  await signUp(service)
  const { access_token: token } = await fetchTokens(service)
  const client = await registerClient(service)
  const [plugin, program, ...others] = codeBelow('docs/services.md', 'Verify tokens in another service') as [
    string,
    string,
  ]
  t.strictSame(others, [], 'every program is tried')
  const adapted = (code: string): string =>
    code
      .replaceAll('http://localhost:3000', address)
      .replace("'fastify'", `'${import.meta.resolve('fastify')}'`)
      .replace("'tacit-auth/verifier'", `'${new URL('../../src/verifier/index.ts', import.meta.url).href}'`)
      .replace('process.env.CLIENT_ID', `'${client.id}'`)
      .replace('process.env.CLIENT_SECRET', `'${client.secret}'`)
      .replace('logger: true', 'logger: false')
      .replace('port: 3001', 'port: 0')
  const folder = t.testdir({
    'plugin.mjs': `${adapted(plugin)}\nexport { app }\n`,
    'program.mjs': adapted(program),
  })
  const { app } = await import(pathToFileURL(`${folder}/plugin.mjs`).href)
  t.teardown(() => app.close())
  const statusOf = async (url: string, method = 'GET', headers = {}) =>
    (await app.inject({ method, url, headers })).statusCode
  t.equal(await statusOf('/about'), 200)
  t.equal(await statusOf('/movies'), 401)
  t.equal(await statusOf('/movies', 'GET', bearer(token)), 200)
  t.equal(await statusOf('/movies', 'DELETE', bearer(token)), 403)

  const { verify, close } = await import(pathToFileURL(`${folder}/program.mjs`).href)
  t.equal((await verify(token)).role, 'user')
  await t.rejects(verify('x') as Promise<unknown>, { code: 'TOKEN_INVALID' })
  await close()

  await service.request({ method: 'POST', url: '/auth/revoke', payload: { token } })
  while ((await statusOf('/movies', 'GET', bearer(token))) === 200) await sleep(10)
  t.equal(await statusOf('/movies', 'GET', bearer(token)), 401)
})
