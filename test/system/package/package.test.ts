import { cpSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { PASSWORD } from '../../support/app.ts'
import { Jar } from '../../support/jar.ts'
import { packed } from '../../support/package.ts'
import { emptyProject, nodeOf, nodeVersions, projectIn } from '../../support/project.ts'
import { call, registerAt } from '../../support/two-services.ts'
import { hosts } from './hosts.ts'

const ROOT = new URL('../../../', import.meta.url)

const isMatrix = nodeVersions().length > 1

/** Plugins that an application may have beside the package: see hosts.ts. */
const HOST_PLUGINS = ['cookie', 'cors', 'env', 'formbody', 'helmet', 'rate-limit', 'swagger']

/** The packages that an application installs beside this one. */
const BESIDE = [
  ...['fastify', 'typescript', '@types/node@24'],
  ...(isMatrix ? HOST_PLUGINS.map((name) => `@fastify/${name}`) : []),
]

/** The compiler options of an application that runs TypeScript as it is. */
const STRICT = {
  ...{ target: 'es2024', lib: ['es2024'], module: 'nodenext', types: ['node'] },
  ...{ noEmit: true, strict: true, erasableSyntaxOnly: true, verbatimModuleSyntax: true },
}

/** Checks the package in each application of hosts.ts, and prints a line for each. */
const HOST_MATRIX = `import { tacit } from 'tacit-auth'
import { checkHost, hosts } from './hosts.ts'

for (const [name, host] of Object.entries(hosts)) {
  for (const order of ['before', 'after'] as const) {
    await checkHost(tacit, host, order)
    process.stdout.write(\`\${name} \${order}\\n\`)
  }
}
`

/** A service that knows users by their access tokens, and the key set that it verifies them with. */
const VERIFYING = `import { generateKeyPairSync, sign } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'
import Fastify from 'fastify'
import { createVerifier, tacitVerifier } from 'tacit-auth/verifier'

const { publicKey, privateKey } = generateKeyPairSync('ed25519')
const key = { ...publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'EdDSA', use: 'sig' }
const keys = createServer((_request, response) => {
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [key] }))
}).listen(0, '127.0.0.1')
await once(keys, 'listening')
const address = keys.address()
const url = \`http://127.0.0.1:\${typeof address === 'object' ? address?.port : ''}\`
const options = { issuer: 'https://auth.example.com', audience: 'movies', url }

const part = (value: object | Buffer) =>
  (Buffer.isBuffer(value) ? value : Buffer.from(JSON.stringify(value))).toString('base64url')
const iat = Math.floor(Date.now() / 1_000)
const input = [
  { alg: 'EdDSA', typ: 'at+jwt', kid: 'one' },
  {
    ...{ iss: options.issuer, aud: 'movies', sub: 'ada', user_id: 'ada', client_id: 'tacit', jti: '1' },
    ...{ sid: 'session', gen: 1, role: 'user', scope: '', iat, exp: iat + 60, auth_time: iat },
  },
]
  .map(part)
  .join('.')
const token = \`\${input}.\${part(sign(null, Buffer.from(input), privateKey))}\`

const app = Fastify()
await app.register(tacitVerifier, options)
app.get('/movies', { config: { auth: 'signed-in' } }, async ({ principal }) => principal.claims.sub)
const authorization = \`Bearer \${token}\`
const refused = await app.inject('/movies')
const accepted = await app.inject({ url: '/movies', headers: { authorization } })
const { sub } = await createVerifier(options).verify(token)
process.stdout.write(JSON.stringify([refused.statusCode, accepted.body, sub]))
await app.close()
keys.close()

export const misspelt = () =>
  // @ts-expect-error rol is no part of a rule
  app.get('/', { config: { auth: { rol: 'admin' } } }, async () => null)
`

/** The first block of README.md that imports the package. */
function plugin(): string {
  const blocks = readFileSync(new URL('README.md', ROOT), 'utf8').split('```')
  const block = blocks.find((text) => text.startsWith('ts\n') && text.includes("from 'tacit-auth'"))
  if (block === undefined) throw new Error('README.md has no block that imports tacit-auth')
  return block.slice('ts\n'.length)
}

/** Registers an account, as a page of the service does. */
async function register(url: string): Promise<Jar> {
  const response = await fetch(`${url}/auth/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ada@example.com', password: PASSWORD }),
  })
  if (response.status !== 201) throw new Error(`could not register: ${response.status}`)
  const jar = new Jar()
  jar.take(response.headers.getSetCookie())
  return jar
}

const get = (url: string, jar?: Jar) => fetch(url, { headers: { cookie: jar?.header() ?? '' } })

t.test('the tarball holds what runs, and nothing else', async (t) => {
  const { files, bytes } = await packed()
  t.comment(`${files.length} files, ${bytes} bytes`)
  const folders = new Set(files.map((file) => file.split('/').slice(0, 2).join('/')))
  t.strictSame(
    [...folders].sort(),
    [
      '.env.example',
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'SECURITY.md',
      'dist/README.md',
      'dist/examples',
      'dist/plugins',
      'dist/routes',
      'dist/src',
      'dist/tools',
      'package.json',
    ].sort(),
  )
  t.strictSame(
    files.filter((file) => /(?<!\.d)\.[cm]?tsx?$|\.png$|^(test|bench|docs)\//.test(file)),
    [],
    'without a TypeScript source, a test, a benchmark or a picture',
  )
  for (const file of [
    'dist/src/index.js',
    'dist/src/index.d.ts',
    'dist/src/verifier/index.js',
    'dist/src/verifier/index.d.ts',
    'dist/src/cli.js',
    // The compiler leaves out folders that begin with a dot, unless they are named.
    'dist/routes/.well-known/discovery.js',
    'dist/src/verifier/index.js',
    'dist/src/verifier/index.d.ts',
    'dist/src/db/sqlite/migrations/meta/_journal.json',
    'dist/src/db/sqlite/migrations/0000_initial.sql',
    'dist/src/credentials/common-passwords.txt',
    'dist/src/credentials/hash-process.js',
    'dist/examples/spa/dist/index.html',
    'dist/tools/check-node.cjs',
  ]) {
    t.ok(files.includes(file), file)
  }
  t.ok(bytes < 1_000_000, 'it is smaller than a megabyte')
})

for (const major of nodeVersions()) {
  t.test(`installed in an empty project, on Node.js ${major}`, async (t) => {
    const node = await nodeOf(major)
    const project = await emptyProject(t, BESIDE, node)
    const written = projectIn(t, join(project.directory, 'my-app'), node)

    await t.test("runs the README's application as JavaScript", async (t) => {
      project.write('app.js', plugin())
      await greets(t, await project.start('node', ['app.js'], { env: { DATABASE_URL: ':memory:' } }))
    })

    await t.test('a service verifies access tokens, as TypeScript and as JavaScript', async (t) => {
      project.write('verifying.ts', VERIFYING)
      project.write('verifying.js', stripTypeScriptTypes(VERIFYING))
      const compilerOptions = { ...STRICT, skipLibCheck: !isMatrix }
      project.write('tsconfig.verifying.json', JSON.stringify({ compilerOptions, files: ['verifying.ts'] }))
      await project.run('npx', ['tsc', '-p', 'tsconfig.verifying.json'])
      for (const program of ['verifying.ts', 'verifying.js']) {
        const { stdout } = await project.run('node', [program])
        t.strictSame(JSON.parse(stdout), [401, 'ada', 'ada'], program)
      }
    })

    await t.test('npx tacit start runs the service, with its data in the current directory', async (t) => {
      const url = await project.start('npx', ['tacit', 'start'])
      t.equal((await get(url)).status, 200, 'with its pages')
      t.equal((await get(`${url}/me`)).status, 401)
      t.equal((await get(`${url}/me`, await register(url))).status, 200)
      t.ok(statSync(join(project.directory, 'data/tacit.db')).isFile())
    })

    await t.test('npx tacit has the command line', async (t) => {
      t.match((await project.run('npx', ['tacit', '--help'])).stdout, /^Usage: tacit/)
      const create = ['tacit', 'user', 'create', 'root@example.com', '--role', 'admin', '--password-stdin']
      const { stdout } = await project.run('npx', [...create, '--json'], { input: `${PASSWORD}\n` })
      t.match(JSON.parse(stdout), { user: { email: 'root@example.com', role: 'admin' } })
    })

    await t.test('npx tacit refuses a Node.js that is too old with one sentence', async (t) => {
      const path = join(project.directory, 'node_modules/tacit-auth/package.json')
      const packageJson = readFileSync(path, 'utf8')
      t.teardown(() => writeFileSync(path, packageJson))
      writeFileSync(path, JSON.stringify({ ...JSON.parse(packageJson), engines: { node: '>=99.18' } }))
      await t.rejects(project.run('npx', ['tacit', 'user', 'list']), {
        code: 1,
        stdout: '',
        stderr: /^tacit: Node\.js \S+ is too old: version 99\.18 or newer is needed\. [^\n]+\n$/,
      })
    })

    await t.test('npx tacit prune runs the thread of the upkeep', async (t) => {
      const { stdout } = await project.run('npx', ['tacit', 'prune', '--json'])
      t.strictSame(JSON.parse(stdout), { deleted: 0 })
    })

    await t.test('npx tacit init writes an application that passes its test and starts', async (t) => {
      await project.run('npx', ['tacit', 'init', 'my-app'])
      // npm test finds its packages in the folder above.
      if (isMatrix) await written.run('npm', ['install', (await packed()).tarball])
      t.match((await written.run('npm', ['test'])).stdout, /pass 1\b/)
      await greets(t, await written.start('npm', ['start']))
    })

    await t.test("the README's application and that of init compile, and run as TypeScript", async (t) => {
      written.write('readme.ts', plugin())
      await written.run('npm', ['run', 'typecheck'])
      // Takes four more seconds of a processor.
      if (isMatrix) await written.run('npx', ['tsc', '--skipLibCheck', 'false'])
      await greets(t, await written.start('node', ['readme.ts'], { env: { DATABASE_URL: ':memory:' } }))
    })

    await t.test('the movies service runs beside an auth service, both from the package', async (t) => {
      const movies = projectIn(t, join(project.directory, 'movies-api'), node)
      cpSync(new URL('examples/movies-api', ROOT), movies.directory, { recursive: true, filter: isExample })
      // npm start finds its packages in the folder above.
      if (isMatrix) {
        const text = readFileSync(join(movies.directory, 'package.json'), 'utf8')
        movies.write('package.json', text.replace('file:../..', `file:${(await packed()).tarball}`))
        await movies.run('npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'])
        await movies.run('npm', ['run', 'typecheck'])
        await movies.run('npm', ['test', '--', '--disable-coverage'])
      }
      const auth = await movies.start('npm', ['run', 'auth'])
      const url = await movies.start('npm', ['start'], { env: { AUTH_URL: auth } })
      const { token } = await registerAt(auth, 'ada')
      const movie = { title: 'Stalker', year: 1979 }
      t.equal((await call(`${url}/movies`, token, 'POST', movie)).status, 201)
      t.match(await (await call(`${url}/movies`, token)).json(), { movies: [movie] })
      t.equal((await fetch(`${url}/movies`)).status, 401)
      t.match(JSON.parse((await movies.run('npm', [...TACIT, 'user', 'list', '--json'])).stdout), {
        users: [{ email: 'ada@example.com' }],
      })
    })

    if (isMatrix) {
      await t.test('fits into each application of the matrix, in TypeScript and in JavaScript', async (t) => {
        const sources = {
          hosts: readFileSync(new URL('hosts.ts', import.meta.url), 'utf8'),
          matrix: HOST_MATRIX,
        }
        for (const [name, source] of Object.entries(sources)) {
          project.write(`${name}.ts`, source)
          project.write(`${name}.js`, stripTypeScriptTypes(source).replace("'./hosts.ts'", "'./hosts.js'"))
        }
        // Other programs of the project import the verifier, and see its principal.
        const include = ['hosts.ts', 'matrix.ts']
        project.write('tsconfig.matrix.json', JSON.stringify({ extends: './my-app/tsconfig.json', include }))
        await project.run('npx', ['tsc', '-p', 'tsconfig.matrix.json'])
        for (const program of ['matrix.ts', 'matrix.js']) {
          const { stdout } = await project.run('node', [program])
          const cases = stdout.split('\n').filter((line) => / (before|after)$/.test(line))
          t.equal(cases.length, 2 * Object.keys(hosts).length, program)
        }
      })
    }
  })
}

const TACIT = ['run', '--silent', 'tacit', '--']

/** Whether a file belongs to the example as a person copies it. */
const isExample = (path: string): boolean => !/\/(node_modules|data|\.tap)$/.test(path)

/** Both applications greet the caller who is signed in. */
async function greets(t: Test, url: string): Promise<void> {
  t.equal((await get(`${url}/hello`)).status, 401)
  t.same(await (await get(`${url}/hello`, await register(url))).json(), { hello: 'ada@example.com' })
}
