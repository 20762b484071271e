import t from 'tap'
import { createSqliteStore } from '../../src/db/sqlite/store.ts'
import { commandLine } from '../support/command-line.ts'

const environment = { MAIL_URL: 'log:' } as const

interface MailList {
  readonly waiting: number
  readonly givenUp: number
  readonly mail: readonly { readonly id: string; readonly kind: string; readonly state: string }[]
}

t.test(
  'mail list shows the mail that commands and the service have written, without its content',
  async (t) => {
    const line = commandLine(t)
    const { tacit, tacitJson } = line
    await tacit(['migrate'])
    t.match(await tacit(['mail', 'list'], { environment }), { status: 0, stdout: 'There is no mail.\n' })
    const password = { input: 'correct horse battery staple\n', environment }
    await tacit(['user', 'create', 'ada@example.com', '--password-stdin'], password)
    await tacit(['user', 'disable', 'ada@example.com'], { environment })
    const list = await tacitJson<MailList>(['mail', 'list'], { environment })
    t.match(list, {
      waiting: 1,
      givenUp: 0,
      mail: [{ kind: 'account-disabled', to: 'ada@example.com', state: 'waits', attempts: 0, error: null }],
    })
    t.notMatch(JSON.stringify(list), /sealed/)
    const { stdout } = await tacit(['mail', 'list'], { environment })
    t.match(
      stdout,
      /^ID +KIND +TO +STATE +WRITTEN \(UTC\) +ATTEMPTS +LAST ERROR\n[\w-]{36} +account-disabled +ada@/,
    )

    const store = createSqliteStore({ url: `${line.environment.DATABASE_URL}` })
    t.teardown(() => store.close())
    const id = String(list.mail[0]?.id)
    const at = Date.now()
    await store.takeMail({ holder: 'test', at, leaseUntil: at + 60_000 })
    const event = { ...(await store.listEvents(1))[0], type: 'mail-given-up' }
    await store.settleMail(id, 1, { kind: 'given-up', at, error: '550 no', event: event as never })
    t.match(await tacitJson(['mail', 'list']), {
      waiting: 0,
      givenUp: 1,
      mail: [{ state: 'given up', error: '550 no' }],
    })
    t.match(await tacit(['mail', 'retry', id]), { status: 0, stdout: '1 mail is due now.\n' })
    t.strictSame(await tacitJson(['mail', 'retry']), { due: 1 })
    await store.settleMail(id, 1, { kind: 'sent', at })
    t.match(await tacitJson(['mail', 'list']), { waiting: 0, mail: [{ state: 'sent' }] })
    t.match(await tacit(['mail', 'retry']), { status: 0, stdout: '0 mails are due now.\n' })
    t.match(await tacit(['mail', 'retry', id]), {
      status: 1,
      stderr: `tacit: There is no mail ${id} that can be sent again\n`,
    })
  },
)

t.test('commands write no mail if the service sends none', async (t) => {
  const { tacit, tacitJson } = commandLine(t)
  await tacit(['user', 'create', 'ada@example.com', '--password-stdin'], {
    input: 'correct horse battery staple\n',
  })
  await tacit(['user', 'disable', 'ada@example.com'])
  t.match(await tacitJson(['mail', 'list']), { waiting: 0, mail: [] })
})
