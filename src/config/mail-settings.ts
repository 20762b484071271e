/**
 * The settings of mail: MAIL_URL, MAIL_FROM and INSECURE_MAIL.
 */
import { ConfigError } from './config-error.ts'
import { type Environment, wrongValue } from './environment.ts'

/** The mail server. */
export interface SmtpSettings {
  readonly host: string
  readonly port: number
  /** TLS from the start. */
  readonly secure: boolean
  readonly auth: { readonly user: string; readonly pass: string } | undefined
  /** Whether mail may be sent without TLS. */
  readonly insecure: boolean
}

export interface MailSettings {
  /** A `Name <address>`, or an address. */
  readonly from: string
  /** Null for `log:`, which writes mail to the log. */
  readonly smtp: SmtpSettings | null
}

const LOG = 'log:'
const DEVELOPMENT_FROM = 'Tacit <tacit@localhost>'
const SUBMISSION_PORT = 587
const SUBMISSIONS_PORT = 465

/**
 * Returns null if the service sends no mail.
 * @throws ConfigError if a setting is wrong or missing
 */
export function toMailSettings(env: Environment): MailSettings | null {
  const isProduction = env.NODE_ENV === 'production'
  const url = env.MAIL_URL ?? (env.NODE_ENV === 'development' ? LOG : undefined)
  if (url === undefined) return null
  if (url === LOG) {
    if (isProduction) {
      throw new ConfigError(
        'MAIL_URL must not be log: in production: links that work would be in the log. Set it to smtp:// or smtps:// and the mail server, or leave it out to send no mail',
      )
    }
    return { from: env.MAIL_FROM ?? DEVELOPMENT_FROM, smtp: null }
  }
  if (env.MAIL_FROM === undefined) {
    throw new ConfigError('MAIL_FROM must be set with MAIL_URL. Set it to the sender, such as Name <address>')
  }
  return { from: env.MAIL_FROM, smtp: toSmtp(url, env.INSECURE_MAIL === 'true') }
}

function toSmtp(text: string, insecure: boolean): SmtpSettings {
  if (!URL.canParse(text)) throw wrongValue('MAIL_URL')
  const { protocol, hostname, port, username, password, pathname, search, hash } = new URL(text)
  if (hostname === '' || !['', '/'].includes(pathname) || search !== '' || hash !== '')
    throw wrongValue('MAIL_URL')
  const secure = protocol === 'smtps:'
  const host = hostname.replace(/^\[(.*)\]$/, '$1')
  return {
    host,
    port: Number(port) || (secure ? SUBMISSIONS_PORT : SUBMISSION_PORT),
    secure,
    auth: username === '' ? undefined : { user: decoded(username), pass: decoded(password) },
    insecure: insecure || isThisMachine(host),
  }
}

/** A password may contain any character, in the encoding of URLs. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    throw wrongValue('MAIL_URL')
  }
}

const isThisMachine = (host: string): boolean => /^(localhost|127(\.\d+){3}|::1)$/i.test(host)
