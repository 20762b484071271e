/** The outbox against a real mail server that refuses, hangs and dies. */
import { once } from 'node:events'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import type { SMTPServerOptions } from 'smtp-server'
import t, { type Test } from 'tap'
import type { NewMail } from '../../src/store/outbox.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, signUp, type TestApp, type TestAppOptions } from '../support/app.ts'
import { type MailServer, sendDue, startMailServer, tokenOf } from '../support/mail-server.ts'

interface Setting {
  readonly service: TestApp
  readonly server: MailServer
  readonly log: readonly string[]
}

async function serviceWith(
  t: Test,
  options: SMTPServerOptions = {},
  more: TestAppOptions = {},
): Promise<Setting> {
  const server = await startMailServer(t, options)
  const log: string[] = []
  const environment = { ...server.settings, ...more.environment }
  const service = await buildApp(t, { ...more, environment, log: (line) => log.push(line) })
  await signUp(service)
  return { service, server, log }
}

const forgot = ({ request }: TestApp, email = 'ada@example.com') =>
  request({ method: 'POST', url: '/auth/password/forgot', payload: { email } })

const outboxOf = ({ app }: TestApp) => internalsOf(app).store.listMail(10)

const eventsOf = async ({ app }: TestApp, type: string) => internalsOf(app).store.listEvents(10, { type })

/** An answer of a mail server. */
const answer = (responseCode: number, text: string) => Object.assign(new Error(text), { responseCode })

t.test('sends a mail once, and keeps no content of it', async (t) => {
  const { service, server } = await serviceWith(t)
  t.equal((await forgot(service)).statusCode, 202)
  const [written] = await outboxOf(service)
  t.match(written, { kind: 'password-reset', attempts: 0, sentAt: null, to: 'ada@example.com' })
  await sendDue(service)
  await sendDue(service)
  t.equal(server.arrived.length, 1)
  const [mail] = server.arrived
  t.strictSame(mail?.recipients, ['ada@example.com'])
  t.equal(mail?.from?.text, '"Movies" <accounts@movies.example>')
  t.equal(mail?.messageId, `<${written?.id}@movies.example>`)
  t.equal(mail?.headers.get('auto-submitted'), 'auto-generated')
  t.match(tokenOf(mail), /^[\w-]{43}$/)
  t.match(await outboxOf(service), [{ attempts: 1, sealed: null, nextAttemptAt: null }])
})

t.test('sends all mail when it is asked twice at once', async (t) => {
  const { service, server } = await serviceWith(t)
  await forgot(service)
  await Promise.all([sendDue(service), sendDue(service), sendDue(service)])
  t.equal(server.arrived.length, 1)
  const { mailboxPage } = internalsOf(service.app)
  t.match(mailboxPage([]), /<html/, 'the page of the mailbox needs no built pages')
})

t.test('keeps no link and no token that can be read in a row that waits', async (t) => {
  const { service, server } = await serviceWith(t)
  await forgot(service)
  const [written] = await outboxOf(service)
  await sendDue(service)
  const token = tokenOf(server.arrived[0])
  const stored = [written?.sealed?.toString('latin1'), JSON.stringify(written)].join()
  t.notOk(stored.includes(token))
})

t.test('sends after a service that was down is up again, with the same Message-ID', async (t) => {
  const first = await startMailServer(t)
  const service = await buildApp(t, { environment: first.settings })
  await signUp(service)
  await first.close()
  t.equal((await forgot(service)).statusCode, 202, 'the request does not fail')
  await sendDue(service)
  t.match(await outboxOf(service), [{ attempts: 1, sentAt: null, lastError: /ECONNREFUSED/ }])
  const server = await startMailServer(t, {}, first.port)
  await sendDue(service)
  t.equal(server.arrived.length, 0, 'a pause comes first')
  service.clock.advance(15)
  await sendDue(service)
  const [{ id } = { id: '' }] = await outboxOf(service)
  t.strictSame(
    server.arrived.map(({ messageId }) => messageId),
    [`<${id}@movies.example>`],
  )
})

t.test('tries again after greylisting, and after a failure at the data', async (t) => {
  const refusals = [answer(451, 'Greylisted, try again later'), answer(421, 'Not now')]
  const { service, server } = await serviceWith(t, {
    onRcptTo: (_address, _session, done) => done(refusals.shift()),
  })
  await forgot(service)
  await sendDue(service)
  t.match(await outboxOf(service), [{ attempts: 1, lastError: /451 Greylisted/ }])
  service.clock.advance(15)
  await sendDue(service)
  service.clock.advance(44)
  await sendDue(service)
  t.match(await outboxOf(service), [{ attempts: 2, sentAt: null }], 'the pauses grow')
  service.clock.advance(1)
  await sendDue(service)
  t.equal(server.arrived.length, 1)
  t.match(await outboxOf(service), [{ attempts: 3, lastError: null }])
})

t.test('gives a mail up after a day, with an event', async (t) => {
  const { service, server } = await serviceWith(t, {
    onRcptTo: (_address, _session, done) => done(answer(452, 'Mailbox full')),
  })
  const { accounts } = internalsOf(service.app)
  const ada = await accounts.findByEmail('ada@example.com')
  await accounts.changeAccess(String(ada?.id), { disabled: true })
  const attemptedAt: number[] = []
  for (let minutes = 0; minutes < 26 * 60; minutes += 1) {
    const before = (await outboxOf(service))[0]?.attempts
    await sendDue(service)
    if ((await outboxOf(service))[0]?.attempts !== before) attemptedAt.push(minutes)
    service.clock.advance(60)
  }
  t.strictSame(attemptedAt.slice(0, 6), [0, 1, 2, 5, 12, 33])
  t.ok(
    attemptedAt.every((at, index) => at - (attemptedAt[index - 1] ?? at) <= 61),
    'at least each hour',
  )
  t.ok((attemptedAt.at(-1) ?? 0) > 22 * 60 && (attemptedAt.at(-1) ?? 0) < 24 * 60)
  t.match(await outboxOf(service), [{ nextAttemptAt: null, lastError: /452 Mailbox full/ }])
  t.match(await eventsOf(service, 'mail-given-up'), [
    { userId: ada?.id, reason: /^account-disabled: .*452 Mailbox full/ },
  ])
  t.equal((await eventsOf(service, 'mail-given-up')).length, 1)
  t.equal(server.arrived.length, 0)
})

t.test('gives a mail with a link up when the link expires', async (t) => {
  const { service } = await serviceWith(t, {
    onRcptTo: (_address, _session, done) => done(answer(452, 'Mailbox full')),
  })
  await forgot(service)
  await sendDue(service)
  service.clock.advance(31 * 60)
  await sendDue(service)
  t.match(await outboxOf(service), [{ nextAttemptAt: null, lastError: 'The link has expired' }])
  t.equal((await eventsOf(service, 'mail-given-up')).length, 1)
})

t.test('gives a mail up at once that is refused for ever, and sends the others', async (t) => {
  const { service, server, log } = await serviceWith(t, {
    onRcptTo({ address }, _session, done) {
      done(
        address === 'ada@example.com' ? answer(550, 'No such mailbox, see http://x/#/new-password/y') : null,
      )
    },
  })
  await signUp(service, 'bo@example.com')
  await forgot(service)
  await forgot(service, 'bo@example.com')
  await sendDue(service)
  t.match(server.arrived, [{ recipients: ['bo@example.com'] }])
  t.match(await eventsOf(service, 'mail-given-up'), [
    { reason: /^password-reset: .*550 No such mailbox, see \[removed\]/ },
  ])
  const token = tokenOf(server.arrived[0])
  t.notOk(log.join('').includes(token))
  t.notOk(log.join('').includes('new-password/'))
})

t.test('answers requests while the mail server hangs', async (t) => {
  const sockets: Socket[] = []
  const server = createServer((socket) => sockets.push(socket))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const MAIL_URL = `smtp://127.0.0.1:${port}`
  const settings = { MAIL_URL, MAIL_FROM: 'accounts@movies.example', EMAIL_VERIFICATION: 'off' }
  const service = await buildApp(t, { environment: settings })
  await signUp(service)
  await forgot(service)
  const connected = once(server, 'connection')
  const sending = sendDue(service)
  await connected
  t.equal((await forgot(service)).statusCode, 202)
  t.match(await outboxOf(service), [{ attempts: 0 }, { attempts: 1, sentAt: null }])
  server.close()
  for (const socket of sockets) socket.destroy()
  await sending
  t.match(await outboxOf(service), [{ attempts: 0 }, { attempts: 1, sentAt: null, lastError: /./ }])
})

t.test('sends again, with the same Message-ID, if the mail server dies after the data', async (t) => {
  const seen: string[] = []
  let dies = true
  const { service, server } = await serviceWith(t, {
    onData(stream, _session, done) {
      let raw = ''
      stream.on('data', (chunk: Buffer) => {
        raw += chunk
      })
      stream.once('end', () => {
        seen.push(/^Message-ID: (.+)\r$/m.exec(raw)?.[1] ?? '')
        if (!dies) return done()
        dies = false
        server.dropConnections()
      })
    },
  })
  await forgot(service)
  await sendDue(service)
  t.match(await outboxOf(service), [{ attempts: 1, sentAt: null }])
  service.clock.advance(15)
  await sendDue(service)
  t.equal(seen.length, 2)
  t.equal(seen[0], seen[1])
  t.match(await outboxOf(service), [{ attempts: 2, sealed: null }])
})

t.test('tries no other mail while the mail server refuses the service', async (t) => {
  const { service } = await serviceWith(t, {
    onMailFrom: (_address, _session, done) => done(answer(530, 'Authentication required')),
  })
  await signUp(service, 'bo@example.com')
  await forgot(service)
  await forgot(service, 'bo@example.com')
  await sendDue(service)
  const attempts = (await outboxOf(service)).map((mail) => mail.attempts)
  t.same(attempts.toSorted(), [0, 1])
})

t.test('keeps mail that its SECRET_KEY does not open, for a process that has the secret', async (t) => {
  const { service, server } = await serviceWith(t)
  await forgot(service)
  const { store } = internalsOf(service.app)
  const [mail] = await store.listMail(1)
  await store.addMail({
    ...(mail as NewMail),
    id: '019bc186-de00-738c-b587-e5f65ab95d6c',
    sealed: Buffer.alloc(60),
  })
  await sendDue(service)
  t.equal(server.arrived.length, 1)
  t.match(
    (await outboxOf(service)).find(({ id }) => id === '019bc186-de00-738c-b587-e5f65ab95d6c'),
    { lastError: 'SECRET_KEY does not open the mail', sentAt: null },
  )
})

t.test('does not send a mail whose row was given another address', async (t) => {
  const { service, server } = await serviceWith(t)
  await forgot(service)
  const { store } = internalsOf(service.app)
  const [mail] = await store.listMail(1)
  const { composer } = internalsOf(service.app).mail
  t.ok(mail && composer?.open(mail))
  t.equal(mail && composer?.open({ ...mail, to: 'eve@example.com' }), null)
  const id = '019bc186-de00-738c-b587-e5f65ab95d6c'
  await store.addMail({ ...(mail as NewMail), id, to: 'eve@example.com' })
  await sendDue(service)
  t.strictSame(
    server.arrived.map(({ recipients }) => recipients),
    [['ada@example.com']],
  )
})

t.test('goes on after an outage of the database', async (t) => {
  const { service, log } = await serviceWith(t)
  await internalsOf(service.app).store.close()
  await sendDue(service)
  t.match(log.join(''), /The outbox could not be read/)
})

t.test('looks for mail every second, and stops with the service', async (t) => {
  const { service, server } = await serviceWith(t)
  await forgot(service)
  await server.atLeast(1)
  t.equal(server.arrived.length, 1)
  await service.app.close()
})

t.test('writes no mail if the service sends none', async (t) => {
  const log: string[] = []
  const service = await buildApp(t, {
    environment: { NODE_ENV: 'production', ISSUER: 'https://movies.example' },
    log: (line) => log.push(line),
  })
  const { accounts, store } = internalsOf(service.app)
  const { id } = await accounts.create({ email: 'ada@example.com', password: 'correct horse battery staple' })
  await accounts.changeAccess(id, { disabled: true })
  t.strictSame(await store.listMail(10), [])
  t.match((await forgot(service)).json(), { statusCode: 403, code: 'MAIL_OFF' })
  t.match(log.join(''), /MAIL_URL is not set: no mail is sent/)
})
