import { once } from 'node:events'
import type { AddressInfo, Socket } from 'node:net'
import { type ParsedMail, simpleParser } from 'mailparser'
import { SMTPServer, type SMTPServerOptions } from 'smtp-server'
import type { Environment } from '../../src/config/environment.ts'
import { internalsOf } from '../../src/wiring/internals.ts'
import { PASSWORD, type Teardown, type TestApp } from './app.ts'
import type { Jar } from './jar.ts'

/** A mail that arrived, as a mail program reads it. */
export interface Arrived extends ParsedMail {
  readonly recipients: readonly string[]
  readonly raw: string
}

export interface MailServer {
  readonly port: number
  /** The settings of a service that uses the server. */
  readonly settings: Partial<Environment>
  /** What arrived so far. */
  readonly arrived: readonly Arrived[]
  /** Resolves when so many mails have arrived. */
  atLeast(count: number): Promise<readonly Arrived[]>
  /** Breaks every connection without an answer. */
  dropConnections(): void
  close(): Promise<void>
}

/** A mail server of this process. It takes every mail, unless the options say otherwise. */
export async function startMailServer(
  t: Teardown,
  options: SMTPServerOptions = {},
  port = 0,
): Promise<MailServer> {
  const arrived: Arrived[] = []
  let tell = () => {}
  const server = new SMTPServer({
    disabledCommands: ['STARTTLS'],
    authOptional: true,
    disableReverseLookup: true,
    onData(stream, session, done) {
      const chunks: Buffer[] = []
      stream.on('data', (chunk: Buffer) => chunks.push(chunk))
      stream.once('end', async () => {
        const raw = Buffer.concat(chunks).toString()
        const recipients = session.envelope.rcptTo.map(({ address }) => address)
        arrived.push({ ...(await simpleParser(raw)), recipients, raw })
        done()
        tell()
      })
    },
    ...options,
  })
  // A client that goes away is no failure of the test.
  server.on('error', () => {})
  server.listen(port, '127.0.0.1')
  await once(server.server, 'listening')
  const close = () => new Promise<void>((resolve) => server.close(() => resolve()))
  t.teardown(close)
  const { port: own } = server.server.address() as AddressInfo
  return {
    port: own,
    settings: {
      MAIL_URL: `smtp://127.0.0.1:${own}`,
      MAIL_FROM: 'Movies <accounts@movies.example>',
      EMAIL_VERIFICATION: 'off',
    },
    arrived,
    async atLeast(count) {
      while (arrived.length < count) {
        await new Promise<void>((resolve) => {
          tell = resolve
        })
      }
      return arrived
    },
    dropConnections() {
      const { connections } = server as unknown as { connections: Set<{ _socket: Socket }> }
      for (const { _socket } of connections) _socket.destroy()
    },
    close,
  }
}

/** Sends what is due in the outbox of a service. */
export const sendDue = async ({ app }: TestApp): Promise<void> => internalsOf(app).mail.outbox?.sendDue()

/** The token of the link in a mail. */
export const tokenOf = (mail: { readonly text?: string | undefined } | undefined): string =>
  /#\/(?:new-password|confirm-address|keep-address|invitation)\/([\w-]+)/.exec(mail?.text ?? '')?.[1] ?? ''

/** The settings of a service whose mail a test reads without a mail server. */
export const MAIL_TO_LOG = { MAIL_URL: 'log:' } as const

/** Asks for a link to choose a new password. Returns its token. The service has MAIL_TO_LOG. */
export async function resetTokenFor(service: TestApp, email: string): Promise<string> {
  await service.request({ method: 'POST', url: '/auth/password/forgot', payload: { email } })
  return loggedToken(service, email, 'new-password')
}

/** The token of the newest link to a page that was mailed to an address. */
export async function loggedToken(service: TestApp, email: string, page: string): Promise<string> {
  await sendDue(service)
  const { mailbox } = internalsOf(service.app).mail
  return tokenOf(mailbox?.list().find(({ to, text }) => to === email && text.includes(`/${page}/`)))
}

/** Asks for another address. Returns the token of the mail to the one that the account has. */
export async function undoTokenFor(service: TestApp, email: string, jar: Jar): Promise<string> {
  const payload = { email: `new-${email}`, currentPassword: PASSWORD }
  await service.request({ method: 'POST', url: '/me/email', payload }, jar)
  return loggedToken(service, email, 'keep-address')
}
