import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { misspeltSettings } from '../../src/config/misspelt-settings.ts'

const ignored = (name: string, place: string, meant: string): string =>
  `${name} in ${place} is not a setting of the service and is ignored. Did you mean ${meant}?`
const unknown = (name: string, place: string): string =>
  `${name} in ${place} is not a setting of the service. .env.example lists all settings.`

t.test('warns of every unknown name in .env, and names the setting that was meant', async (t) => {
  const path = join(t.testdir({}), '.env')
  const names = ['PORT', 'PROT', 'HOST', 'SESION_TTL', 'export RATE_LIMIT', 'GREETING', 'TZ', 'NODE_OPTIONS']
  writeFileSync(path, `# FOO=1\n${names.map((name) => `${name}=secret-value`).join('\n')}\n`)
  // Node.js has loaded the file into the environment.
  const warnings = misspeltSettings({ SESION_TTL: 'secret-value', GREETING: 'secret-value' }, path)
  t.strictSame(warnings, [
    unknown('GREETING', path),
    ignored('HOST', path, 'FASTIFY_ADDRESS'),
    ignored('PROT', path, 'PORT'),
    unknown('RATE_LIMIT', path),
    ignored('SESION_TTL', path, 'SESSION_TTL'),
  ])
  t.notMatch(warnings.join(), 'secret-value')
})

t.test('warns of a name in the environment that differs by two letters from a setting', async (t) => {
  const nowhere = join(t.testdir({}), '.env')
  const here = 'the environment'
  for (const [name, meant] of [
    ['DATABASE_URI', 'DATABASE_URL'],
    ['ACCESS_TOKEN_TLL', 'ACCESS_TOKEN_TTL'],
    ['TRUSTED_ORIGNS', 'TRUSTED_ORIGINS'],
    ['FASTIFY_ADRESS', 'FASTIFY_ADDRESS'],
    ['SECRETKEYS', 'SECRET_KEY'],
  ] as const) {
    t.strictSame(misspeltSettings({ [name]: 'x' }, nowhere), [ignored(name, here, meant)])
  }
  for (const name of [
    'ACCESS_TTL',
    'HOST',
    'PAGER',
    'PORTS',
    'USER',
    'NODE_PATH',
    'LOGNAME',
    'DATABASE_URL',
  ]) {
    t.strictSame(misspeltSettings({ [name]: 'x' }, nowhere), [], name)
  }
})

t.test('takes a .env that cannot be read for one without names', async (t) => {
  const path = join(t.testdir({}), '.env')
  mkdirSync(path)
  t.strictSame(misspeltSettings({}, path), [])
})
