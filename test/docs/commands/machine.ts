/** The commands that set up a machine, and those for its database. */
import { chmodSync, existsSync, mkdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { parseEnv } from 'node:util'
import BetterSqlite from 'better-sqlite3'
import t from 'tap'
import { readConfig } from '../../../src/config/config.ts'
import { markMoved } from '../../../src/db/sqlite/moved.ts'
import { PASSWORD } from '../../support/app.ts'
import { commandLine, programPath } from '../../support/command-line.ts'
import { paste, ROOT, takeBlock, takeLine } from '../../support/documented-commands.ts'
import { withoutPrograms } from '../../support/find-program.ts'

const ADMINISTRATION = 'docs/administration.md'
const DEPLOYMENT = 'docs/deployment.md'
const withoutSqlite = withoutPrograms([['sqlite3', '--version']])

/** Blocks of settings, for a file or in front of a command. */
const settings = [
  takeBlock('README.md', 'ACCESS_TOKEN_TTL=4s'),
  takeBlock(DEPLOYMENT, 'NODE_ENV=production'),
  takeBlock(DEPLOYMENT, 'REDIS_URL='),
  takeBlock(DEPLOYMENT, 'DATABASE_URL='),
  takeBlock('docs/mail.md', 'MAIL_URL='),
  takeBlock('examples/README.md', 'TRUSTED_ORIGINS=https:'),
  takeBlock('examples/verify-elsewhere/README.md', 'ACCESS_TOKEN_ALG='),
]

t.test('the settings of the documents are accepted, and mean the same in a shell and in .env', async (t) => {
  for (const block of settings) {
    const isCommand = block.endsWith(' npm start\n')
    const assignments = isCommand ? block.replace(' npm start', '').replaceAll(' ', '\n') : block
    const inFile = parseEnv(assignments)
    t.ok(Object.keys(inFile).length > 0)
    const inShell = (await paste(`set -a\n${assignments}\nenv -0`, { cwd: ROOT })).split('\0')
    for (const [name, value] of Object.entries(inFile)) t.ok(inShell.includes(`${name}=${value}`), name)
    t.doesNotThrow(() => readConfig({ SECRET_KEY: STRONG, ISSUER: 'https://auth.example.com', ...inFile }))
  }
})
const STRONG = 'HUuqVs0yW5gJb8nrtPOZ2x4LkQ7mDcF1'

const onMachine = takeBlock(DEPLOYMENT, 'useradd')
const inContainer = takeBlock(DEPLOYMENT, 'docker build')

/** Other programs than the command line are those of another machine, or need its rights. */
const TACIT = `tacit() { '${process.execPath}' '${programPath}' "$@"; }\n`

t.test('the commands of docs/deployment.md for systemd install the unit and its settings', async (t) => {
  const cwd = t.testdir({
    units: {},
    bin: { tacit: `#!/bin/sh\nexec '${process.execPath}' '${programPath}' "$@"\n` },
  })
  chmodSync(join(cwd, 'bin/tacit'), 0o755)
  const others = `useradd() { mkdir home; }; npm() { :; }; chown() { :; }; systemctl() { :; }\n`
  const commands = onMachine
    .replaceAll('/opt/tacit/node_modules/.bin', `${cwd}/bin`)
    .replaceAll('/opt/tacit', `${cwd}/opt`)
    .replaceAll('/var/lib/tacit', `${cwd}/home`)
    .replaceAll('/etc/systemd/system', `${cwd}/units`)
    .replaceAll('cp examples', `cp ${ROOT}examples`)
  await paste(others + commands, { cwd })
  t.equal(statSync(join(cwd, 'home')).mode & 0o777, 0o700)
  t.ok(existsSync(join(cwd, 'units/tacit.service')))
  const config = readConfig(parseEnv(readFileSync(join(cwd, 'home/.env'), 'utf8')))
  t.match(config, { production: true, issuer: 'https://auth.example.com', secrets: [/^\S{32,}$/] })
})

t.test('the commands of docs/deployment.md for a container write its settings', async (t) => {
  const cwd = t.testdir({})
  const docker = `docker() { case "$*" in "run --rm tacit "*) shift 3; "$@";; esac; }\n`
  await paste(TACIT + docker + inContainer, { cwd })
  const file = join(cwd, 'tacit.env')
  t.equal(statSync(file).mode & 0o777, 0o600)
  const config = readConfig({ NODE_ENV: 'production', ...parseEnv(readFileSync(file, 'utf8')) })
  t.match(config, { issuer: 'https://auth.example.com', trustProxy: '172.17.0.1', secrets: [/^\S{32,}$/] })
})

const backUp = takeBlock(DEPLOYMENT, 'sudo -u tacit sqlite3')
const restore = takeLine(ADMINISTRATION, 'sqlite3 data/tacit.db ".restore backup.db"')
const removeMark = takeBlock('docs/moving.md', 'sqlite3')

t.test(
  'the commands of the documents for sqlite3 back up, restore and remove a mark',
  { skip: withoutSqlite },
  async (t) => {
    const line = commandLine(t)
    const cwd = line.directory
    mkdirSync(join(cwd, 'data'))
    const path = join(cwd, 'data/tacit.db')
    const environment = { DATABASE_URL: `file:${path}` }
    const users = () => line.tacit(['user', 'list'], { environment })
    await line.tacit(['user', 'create', 'ada@example.com', '--password-stdin'], {
      environment,
      input: PASSWORD,
    })
    const sudo = 'sudo() { shift 2; "$@"; }\n'
    await paste(sudo + backUp.replaceAll('/var/lib/tacit', cwd), { cwd })
    await line.tacit(['user', 'delete', 'ada@example.com', '--yes'], { environment })
    t.notMatch((await users()).stdout, 'ada@example.com')
    await paste(restore, { cwd })
    t.match((await users()).stdout, 'ada@example.com')

    const database = new BetterSqlite(path)
    markMoved(database, { target: 'tacit', url: 'postgres://tacit@db.example.com/tacit', at: 1 })
    database.close()
    t.match(await users(), { status: 1, stderr: /its rows were moved to/ })
    await paste(removeMark, { cwd })
    t.match((await users()).stdout, 'ada@example.com')
  },
)
