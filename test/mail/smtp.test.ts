/** Mail over a real connection: encryption, passwords, and addresses that try to be more than one. */
import t from 'tap'
import type { SmtpOptions } from '../../src/mail/smtp.ts'
import { createSmtpTransport } from '../../src/mail/smtp.ts'
import type { MailMessage } from '../../src/mail/transport.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { buildApp, PASSWORD, signUp } from '../support/app.ts'
import { sendDue, startMailServer } from '../support/mail-server.ts'

const MESSAGE: MailMessage = {
  messageId: '1@movies.example',
  from: 'Movies <accounts@movies.example>',
  to: 'ada@example.com',
  date: new Date(0),
  subject: 'Hello',
  text: 'Hello',
  html: '<p>Hello</p>',
}

const to = (port: number, change: Partial<SmtpOptions> = {}) =>
  createSmtpTransport({
    ...{ host: '127.0.0.1', port, secure: false, auth: undefined, insecure: true },
    ...change,
  })

t.test('encrypts by STARTTLS, verifies the certificate and signs in', async (t) => {
  const passwords: (string | undefined)[] = []
  const server = await startMailServer(t, {
    disabledCommands: [],
    authOptional: false,
    onAuth({ username, password }, session, done) {
      passwords.push(`${username} ${password} ${session.secure}`)
      done(null, password === 'p@ss:word' ? { user: 'movies' } : undefined)
    },
  })
  const trusted = { rejectUnauthorized: false }
  const url = `smtp://movies:p%40ss%3Aword@127.0.0.1:${server.port}`
  const environment = { ...server.settings, MAIL_URL: url }
  const service = await buildApp(t, { environment, mail: { tls: trusted } })
  await signUp(service)
  await service.request({
    method: 'POST',
    url: '/auth/password/forgot',
    payload: { email: 'ada@example.com' },
  })
  await sendDue(service)
  t.equal(server.arrived.length, 1)
  t.strictSame(passwords, ['movies p@ss:word true'])

  const auth = { user: 'movies', pass: 'wrong' }
  await t.rejects((await to(server.port, { auth, tls: trusted })).send(MESSAGE), {
    failure: 'server',
    message: /535/,
  })
  const untrusted = await to(server.port, { auth })
  await t.rejects(untrusted.send(MESSAGE), { failure: 'server', message: /certificate/ })
  t.equal(passwords.length, 2, 'a server without a valid certificate sees no password')
})

t.test('encrypts from the start with smtps', async (t) => {
  const server = await startMailServer(t, { secure: true })
  const environment = { ...server.settings, MAIL_URL: `smtps://localhost:${server.port}` }
  const service = await buildApp(t, { environment, mail: { tls: { rejectUnauthorized: false } } })
  await signUp(service)
  await service.request({
    method: 'POST',
    url: '/auth/password/forgot',
    payload: { email: 'ada@example.com' },
  })
  await sendDue(service)
  t.equal(server.arrived.length, 1)
})

t.test('does not send to another machine without TLS, unless INSECURE_MAIL is true', async (t) => {
  const server = await startMailServer(t)
  await t.rejects((await to(server.port, { insecure: false })).send(MESSAGE), {
    failure: 'server',
    message: /STARTTLS/,
  })
  t.equal(server.arrived.length, 0)
  await (await to(server.port)).send(MESSAGE)
  t.equal(server.arrived.length, 1)
})

t.test('refuses an address that is more than one mailbox', async (t) => {
  const server = await startMailServer(t)
  const transport = await to(server.port)
  const addresses = [
    'ada@example.com, eve@example.com',
    'ada@example.com\r\nBcc: eve@example.com',
    'ada@example.com>\r\nRCPT TO:<eve@example.com',
    'Ada <ada@example.com>',
    '"ada@example.com, eve"@example.com',
    'ada@example.com\u2028eve@example.com',
    'friends: ada@example.com;',
    'ada@example.com (eve@example.com)',
    'ada@eve.example@example.com',
    'ada',
    '',
  ]
  for (const address of addresses) {
    await t.rejects(transport.send({ ...MESSAGE, to: address }), { failure: 'never', message: /mailbox/ })
  }
  t.equal(server.arrived.length, 0)
  await transport.send({ ...MESSAGE, to: 'äda@bücher.example' })
  t.strictSame(server.arrived[0]?.recipients, ['äda@bücher.example'])
})

t.test('adds no header and no text by a name, an address, a language or a user agent', async (t) => {
  const server = await startMailServer(t)
  const look = { name: 'Movies\r\nBcc: eve@example.com', color: 'red"><script>' }
  const service = await buildApp(t, { environment: server.settings, mail: { look } })
  const evil = 'Ada\r\nBcc: eve@example.com\r\n\r\n<a href="https://eve.example">click</a>'
  const headers = {
    'user-agent': 'Visit https://eve.example now',
    'accept-language': 'en;q=1, https://eve.example',
  }
  const payload = { email: 'ada@example.com', password: PASSWORD, name: evil }
  const registered = await service.request({ method: 'POST', url: '/auth/register', payload, headers })
  t.equal(registered.statusCode, 201)
  const login = { email: 'ada@example.com', password: PASSWORD }
  await service.request({ method: 'POST', url: '/auth/login', payload: login, headers })
  await service.request({
    method: 'POST',
    url: '/auth/password/forgot',
    payload: { email: login.email },
    headers,
  })
  await internalsOf(service.app).accounts.create({
    email: 'a@b.example>\r\nBcc: eve@example.com',
    password: PASSWORD,
  })
  await sendDue(service)
  t.equal(server.arrived.length, 2)
  for (const { recipients, raw, headers: received } of server.arrived) {
    t.strictSame(recipients, ['ada@example.com'])
    t.notOk(received.has('bcc'))
    t.notOk(raw.includes('eve.example'), 'no text of a stranger')
    t.notOk(raw.includes('<script>'))
    t.notOk(/^Bcc/im.test(raw.split('\r\n\r\n', 1)[0] ?? ''))
  }
})

t.test('ends an attempt that takes too long', async (t) => {
  const server = await startMailServer(t, { onConnect() {} })
  const transport = await to(server.port, { limitMs: 50 })
  await t.rejects(transport.send(MESSAGE), { failure: 'server', message: 'The mail server took too long' })
  server.dropConnections()
})
