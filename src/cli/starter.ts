/**
 * The application that `tacit init` writes. test/system/package/ installs, checks and runs it.
 */

const APP = `import Fastify from 'fastify'
import { readConfig, serverOptions, tacit } from 'tacit-auth'

export async function buildApp(environment: Parameters<typeof readConfig>[0] = {}) {
  const app = Fastify(serverOptions(readConfig(environment)))
  await app.register(tacit, { environment })

  app.get('/hello', { config: { auth: 'signed-in' } }, async ({ principal }) => ({
    hello: principal.user.email,
  }))

  return app
}
`

const SERVER = `import { buildApp } from './app.ts'

process.loadEnvFile()
const app = await buildApp()
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => app.close())
await app.listen({ port: Number(process.env.PORT ?? 3000) })
`

const TEST = `import { deepEqual, equal } from 'node:assert/strict'
import { test } from 'node:test'
import { buildApp } from './app.ts'

test('greets the caller who is signed in, and refuses others', async (t) => {
  const app = await buildApp({ NODE_ENV: 'test', DATABASE_URL: ':memory:', LOG_LEVEL: 'silent' })
  t.after(() => app.close())
  equal((await app.inject('/hello')).statusCode, 401)

  const payload = { email: 'ada@example.com', password: 'correct horse battery staple' }
  const registered = await app.inject({ method: 'POST', url: '/auth/register', payload })
  const cookies = Object.fromEntries(registered.cookies.map(({ name, value }) => [name, value]))
  deepEqual((await app.inject({ url: '/hello', cookies })).json(), { hello: 'ada@example.com' })
})
`

const TSCONFIG = {
  compilerOptions: {
    target: 'es2024',
    module: 'nodenext',
    types: ['node'],
    noEmit: true,
    strict: true,
    erasableSyntaxOnly: true,
    verbatimModuleSyntax: true,
    allowImportingTsExtensions: true,
    skipLibCheck: true,
  },
}

const json = (value: object): string => `${JSON.stringify(value, null, 2)}\n`

/** Files of the application. `init` refuses to begin if one of them exists. */
export const STARTER_FILES: Readonly<Record<string, string>> = {
  'app.ts': APP,
  'server.ts': SERVER,
  'app.test.ts': TEST,
}

export const IGNORED_BY_GIT: readonly string[] = ['node_modules/', 'data/', '.env']

/** Files that are written only if the project does not have them. */
export const projectFiles = (name: string, version: string): Readonly<Record<string, string>> => ({
  'package.json': json({
    name,
    version: '0.0.0',
    private: true,
    type: 'module',
    scripts: { start: 'node server.ts', test: 'node --test', typecheck: 'tsc' },
    dependencies: { fastify: '^5.12.8', 'tacit-auth': `^${version}` },
    devDependencies: { '@types/node': '^24.0.0', typescript: '^7.0.0' },
  }),
  'tsconfig.json': json(TSCONFIG),
})
