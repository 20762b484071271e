/**
 * The lists of docs/data.md equal those of the database and of the API. No answer and no log line
 * contains what they call secret.
 */
import { readFileSync } from 'node:fs'
import BetterSqlite from 'better-sqlite3'
import t from 'tap'
import { administrator, person } from '../support/administration.ts'
import { buildApp } from '../support/app.ts'
import { temporaryDatabase } from '../support/database.ts'
import { documentOf, operationsOf } from '../support/described-api.ts'
import type { Schema } from '../support/inputs.ts'

const text = readFileSync(new URL('../../docs/data.md', import.meta.url), 'utf8')

/** The rows of the table whose head has this cell, as their cells. */
const rowsBelow = (cell: string): string[][] =>
  text
    .split('\n\n')
    .filter((block) => block.startsWith('|') && block.split('\n')[0]?.includes(`| ${cell} |`))
    .flatMap((block) => block.split('\n').slice(2))
    .map((row) => row.split('|').slice(1, -1))

const codeIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, code]) => String(code))

/** The columns of the database with their levels. */
const columns = rowsBelow('table and columns').flatMap(([names, level]) => {
  const [table, ...own] = codeIn(names)
  return own.map((column) => ({ table, column, level: /\w+/.exec(level ?? '')?.[0] }))
})

t.test('classifies every column of every table', async (t) => {
  const path = temporaryDatabase(t)
  await buildApp(t, { environment: { DATABASE_URL: `file:${path}` } })
  const database = new BetterSqlite(path, { readonly: true })
  t.teardown(() => database.close())
  const there = database
    .prepare(
      `SELECT m.name || '.' || c.name FROM sqlite_schema m, pragma_table_info(m.name) c
         WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%' AND m.name NOT LIKE '%drizzle%'`,
    )
    .pluck()
    .all() as string[]
  t.same(columns.map(({ table, column }) => `${table}.${column}`).toSorted(), there.toSorted())
  for (const { column, level } of columns) t.match(level, /^(secret|personal|internal)$/, column)
})

const propertiesOf = ({ properties = {}, anyOf = [] }: Schema): string[] => [
  ...Object.keys(properties),
  ...anyOf.flatMap(propertiesOf),
]

t.test('lists who may write each field that a request may hold', async (t) => {
  const written = operationsOf(await documentOf(await buildApp(t))).flatMap(({ operation }) =>
    Object.values(operation.requestBody?.content ?? {}).flatMap(({ schema }) => propertiesOf(schema)),
  )
  const named = rowsBelow('written by')
    .filter((row) => !row[2]?.trimStart().startsWith('no client'))
    .flatMap(([names]) => codeIn(names))
  t.same([...new Set(written)].toSorted(), named.toSorted())
})

t.test(
  'shows no secret in an answer or a log line, and no address to a caller without the permission',
  async (t) => {
    const path = temporaryDatabase(t)
    const lines: string[] = []
    const service = await buildApp(t, {
      environment: { DATABASE_URL: `file:${path}`, LOG_LEVEL: 'trace' },
      log: (line) => lines.push(line),
    })
    const [root, ada, bo] = [
      await administrator(service),
      await person(service, 'ada'),
      await person(service, 'bo'),
    ]
    const payload = { name: 'Ada of the personal data' }
    t.equal((await service.request({ method: 'PATCH', url: '/me', payload }, ada.jar)).statusCode, 200)
    const database = new BetterSqlite(path, { readonly: true })
    t.teardown(() => database.close())
    const secrets = columns
      .filter(({ level }) => level === 'secret')
      .flatMap(({ table, column }) => database.prepare(`SELECT ${column} FROM ${table}`).pluck().all())
      .flatMap((value) =>
        Buffer.isBuffer(value) ? [value.toString('hex'), value.toString('base64url')] : [String(value)],
      )
    t.ok(secrets.length > 2)

    const reads = operationsOf(await documentOf(service)).filter(({ method }) => method === 'GET')
    const readBy = async ({ jar }: typeof ada): Promise<string> => {
      const urls = reads.map(({ path }) => path.replace('{userId}', ada.id).replaceAll(/{\w+}/g, 'x'))
      const answers = await Promise.all(urls.map((url) => service.request({ url }, jar)))
      return answers.map(({ body }) => body).join('\n')
    }
    const seen = [await readBy(ada), await readBy(root), await readBy(bo)]
    for (const secret of secrets) t.notOk([...seen, ...lines].join().includes(secret))
    t.same(
      seen.map((bodies) => bodies.includes('"ada@example.com"')),
      [true, true, false],
    )
    t.notOk(lines.join('').includes(payload.name))
  },
)
