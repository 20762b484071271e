/**
 * The text that a start shows on a terminal: where the service is, and what to do next. It contains
 * no secret.
 */
import { isIPv6 } from 'node:net'
import { extname } from 'node:path'
import type { MailSettings } from '../config/mail-settings.ts'
import { databaseFile, shownUrl } from '../db/database-url.ts'
import { version } from './version.ts'

/** What the text says about a running service. */
export interface RunningService {
  /** The address that it listens on. */
  readonly address: string
  readonly port: number
  /** The path in front of every route, or an empty string. */
  readonly prefix: string
  readonly hasPages: boolean
  /** Whether the page with the mail of the log is served. */
  readonly hasMailPage: boolean
  readonly hasAdministrator: boolean
  readonly production: boolean
  readonly databaseUrl: string
  /** Null if the service sends no mail. */
  readonly mail: MailSettings | null
}

/** Addresses that a browser on this machine reaches as localhost. */
const LOCAL = ['127.0.0.1', '::1', '0.0.0.0', '::']

/** How the command line is called: in the repository, and where the package is installed. */
const COMMANDS: Readonly<Record<string, string>> = { '.ts': 'npm run -s tacit --', '.js': 'npx tacit' }

const IN_MEMORY = 'in memory: every account is lost when the service stops'

export function startText({ address, port, prefix, ...service }: RunningService): string {
  const { hasPages, hasMailPage, hasAdministrator, production, databaseUrl, mail } = service
  const url = `http://${hostOf(address)}:${port}${prefix}`
  const isInMemory = databaseUrl === ':memory:'
  const lines = [
    `Tacit ${version} is running. Ctrl-C stops it.`,
    '',
    ...(hasPages ? [`  Pages     ${url}/`] : []),
    `  API       ${url}/docs/${production ? ' (for administrators)' : ''}`,
    `  Database  ${databaseText(databaseUrl)}`,
    `  Mail      ${mailText(mail, hasMailPage ? `${url}/demo/mail` : null)}`,
    // A database in memory is out of reach for the command line.
    ...(hasAdministrator || isInMemory ? [] : ['', ...firstAdministrator()]),
  ]
  return `\n${lines.join('\n')}\n\n`
}

function databaseText(url: string): string {
  if (url === ':memory:') return IN_MEMORY
  const isFile = databaseFile(url) !== undefined
  return isFile ? `${url} (stop the service before you delete or replace it)` : shownUrl(url)
}

function mailText(mail: MailSettings | null, page: string | null): string {
  if (mail === null) return 'off, so a forgotten password has no link (MAIL_URL turns it on)'
  if (mail.smtp === null) return page === null ? 'goes to the log' : `goes to the log and to ${page}`
  const { host, port } = mail.smtp
  return `${host}:${port}`
}

const hostOf = (address: string): string => {
  if (LOCAL.includes(address)) return 'localhost'
  return isIPv6(address) ? `[${address}]` : address
}

function firstAdministrator(): string[] {
  const command = COMMANDS[extname(import.meta.filename)]
  return [
    '  There is no administrator yet. To make one, run in a second terminal in this folder:',
    `  ${command} user create you@example.com --role admin`,
  ]
}
