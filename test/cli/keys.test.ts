import { existsSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { commandLine } from '../support/command-line.ts'

interface KeyList {
  readonly algorithm: string
  readonly keys: readonly {
    readonly kid: string
    readonly state: string
    readonly signsFrom: string | null
    readonly expiresAt: string | null
  }[]
}

const environment = { ACCESS_TOKEN_ALG: 'EdDSA' } as const

t.test('keys list changes nothing, and says when there are none', async (t) => {
  const { tacit, tacitJson, directory } = commandLine(t)
  t.match(await tacit(['keys', 'list'], { environment }), {
    status: 1,
    stderr: /^tacit: There is no database /,
  })
  t.notOk(existsSync(join(directory, 'tacit.db')))
  await tacit(['migrate'])
  t.match(await tacit(['keys', 'list'], { environment }), { status: 0, stdout: /^There are no key pairs\. / })
  t.strictSame(await tacitJson(['keys', 'list'], { environment }), { algorithm: 'EdDSA', keys: [] })
})

t.test('keys rotate makes the first keys, and then lets the next one sign', async (t) => {
  const line = commandLine(t)
  const { tacit, tacitJson } = line
  await tacit(['migrate'])
  const rotate = () => tacitJson<KeyList>(['keys', 'rotate'], { environment })
  const first = await rotate()
  t.strictSame(
    first.keys.map(({ state }) => state),
    ['signs', 'next'],
  )
  const second = await rotate()
  t.strictSame(
    second.keys.map(({ state, signsFrom, expiresAt }) => [state, signsFrom !== null, expiresAt !== null]),
    [
      ['signs', true, true],
      ['next', true, false],
      ['next', false, false],
    ],
  )
  t.strictSame(await tacitJson(['keys', 'list'], { environment }), second)
  const { stdout } = await tacit(['keys', 'list'], { environment })
  t.match(
    stdout,
    /^KID +ALGORITHM +STATE +SIGNS FROM \(UTC\) +ENDS\n[\w-]{43} +EdDSA +signs +\d{4}-\d\d-\d\d \d\d:\d\d /,
  )

  const store = createSqliteStore({ url: `${line.environment.DATABASE_URL}` })
  t.teardown(() => store.close())
  const [{ kid: from } = { kid: '' }, { kid: to } = { kid: '' }] = second.keys
  t.match(await store.listEvents(10), [{ type: 'key-rotated', reason: `${from} to ${to}, command line` }])
})

t.test('keys rotate --compromised ends every key', async (t) => {
  const { tacit, tacitJson } = commandLine(t)
  await tacit(['migrate'])
  const before = await tacitJson<KeyList>(['keys', 'rotate'], { environment })
  const after = await tacitJson<KeyList>(['keys', 'rotate', '--compromised'], { environment })
  t.strictSame(
    after.keys.map(({ state }) => state),
    ['signs', 'next'],
  )
  const old = before.keys.map(({ kid }) => kid)
  t.notOk(after.keys.some(({ kid }) => old.includes(kid)))
})

t.test('keys rotate says what to do where SECRET_KEY signs', async (t) => {
  const { tacit } = commandLine(t)
  await tacit(['migrate'])
  t.match(await tacit(['keys', 'rotate']), {
    status: 1,
    stdout: /^$/,
    stderr:
      /^tacit: ACCESS_TOKEN_ALG is HS256, which has no key pairs\. To replace its key, put a new secret /,
  })
})

t.test('keys rotate replaces keys of another algorithm, which are old then', async (t) => {
  const { tacit, tacitJson } = commandLine(t)
  await tacit(['migrate'])
  await tacitJson<KeyList>(['keys', 'rotate'], { environment })
  const { keys } = await tacitJson<KeyList>(['keys', 'rotate'], {
    environment: { ACCESS_TOKEN_ALG: 'ES256' },
  })
  t.strictSame(
    keys.map(({ state }) => state),
    ['old', 'old', 'signs', 'next'],
  )
})

t.test('keys list opens keys with the development secret', async (t) => {
  const { tacit, tacitJson } = commandLine(t)
  const development = { ...environment, NODE_ENV: 'development', SECRET_KEY: '' } as const
  await tacit(['migrate'])
  const made = await tacitJson<KeyList>(['keys', 'rotate'], { environment: development })
  t.equal(made.keys.length, 2)
  t.strictSame(await tacitJson<KeyList>(['keys', 'list'], { environment: development }), made)
})
