import { mutantsOf } from '../mutant.ts'

const LINKS = ['test/routes/auth/password.test.ts']
const CONFIRMATION = ['test/routes/auth/email.test.ts']
const OUTBOX = ['test/mail/outbox.test.ts']
const SMTP = ['test/mail/smtp.test.ts']
const NOTICES = ['test/mail/notices.test.ts']
const TEXTS = ['test/mail/texts.test.ts']
const STORE = ['test/store/sqlite.test.ts']

/** Mail, and the links in it. */
export const mail = [
  ...mutantsOf('src/credentials/new-password.ts', LINKS, [
    {
      name: 'accounts: a new password needs no rules',
      from: 'if (problem)\n',
      to: 'if (problem && password.length === 0)\n',
    },
    {
      name: 'accounts: the same password is a new one',
      from: 'if (!isSame) return',
      to: 'if (!isSame || next.length > 0) return',
      tests: ['test/routes/me/password.test.ts', ...LINKS],
    },
  ]),
  ...mutantsOf('src/accounts/recovery.ts', LINKS, [
    {
      name: 'links: an unknown address costs less',
      from: 'const { token, hash } = newToken()',
      to: 'if (user === undefined) return\n      const { token, hash } = newToken()',
    },
    {
      name: 'links: a disabled account gets one',
      from: 'found?.disabledAt === null ? found : undefined',
      to: 'found',
    },
    { name: 'links: live for ever', from: 'LINK_MINUTES * MINUTE_MS', to: 'LINK_MINUTES * 2 * MINUTE_MS' },
    { name: 'links: mail without limit', from: 'maxPerHour: MAX_MAILS_PER_HOUR', to: 'maxPerHour: 100' },
    {
      name: 'links: a race is lost in silence',
      from: 'if (changed === null) throw await invalidLink(client)',
      to: '',
    },
    {
      name: 'links: failures stay',
      from: 'clearFailures: ({ emailKey }) => [throttleKey(emailKey)]',
      to: 'clearFailures: () => []',
    },
    {
      name: 'links: a refusal is no event',
      from: "    await refusalEvents.record('link-refused', client.ip, { client, reason: PURPOSE })\n",
      to: '',
    },
  ]),
  ...mutantsOf('src/db/sqlite/one-time-tokens.ts', STORE, [
    {
      name: 'tokens of links: of any purpose',
      from: 'and(eq(oneTimeTokens.hash, hash), eq(oneTimeTokens.purpose, purpose))',
      to: 'eq(oneTimeTokens.hash, hash)',
    },
    {
      name: 'tokens of links: after their expiry',
      from: 'gt(oneTimeTokens.expiresAt, at)',
      to: 'gt(oneTimeTokens.expiresAt, 0)',
    },
    {
      name: 'tokens of links: after a change of the password',
      from: 'user.passwordChangedAt === token.passwordChangedAt && user',
      to: 'user',
    },
    { name: 'tokens of links: of a disabled account', from: ' || user.disabledAt !== null', to: '' },
    {
      name: 'tokens of links: end no session',
      from: "endSessionsOfUser(user.id, 'password-changed', at, null)",
      to: '',
    },
    {
      name: 'tokens of links: after a change of the address',
      from: ' && user.emailKey === token.emailKey',
      to: '',
    },
    {
      name: 'tokens of links: without their mail',
      from: 'if (!addMail(mail)) return false',
      to: 'addMail(mail)',
    },
  ]),
  ...mutantsOf('src/accounts/confirmation.ts', CONFIRMATION, [
    {
      name: 'confirmation: mail without limit',
      from: 'maxPerHour: MAX_MAILS_PER_HOUR',
      to: 'maxPerHour: 100',
    },
    {
      name: 'confirmation: a wrong link is right',
      from: "throw new AuthError('LINK_INVALID')",
      to: 'return',
    },
    {
      name: 'confirmation: a confirmed address gets mail',
      from: 'user.emailConfirmedAt === null ? linkFor(user) : undefined',
      to: 'linkFor(user)',
    },
  ]),
  ...mutantsOf('src/accounts/change-address.ts', CONFIRMATION, [
    {
      name: 'address: without the password',
      from: '      await proof.ofOwner(row, currentPassword, session, client)\n',
      to: '',
    },
    {
      name: 'address: of another password',
      from: 'if (row?.passwordChangedAt !== passwordChangedAt) throw',
      to: 'if (row === undefined) throw',
    },
    {
      name: 'address: a session that has ended asks',
      from: "if (outcome === 'session-ended') throw new AuthError('SESSION_ENDED')",
      to: '',
    },
    {
      name: 'address: a wrong link to the old address is right',
      from: 'if (restored === null) throw await invalidLink(client)',
      to: 'if (restored === null) return',
    },
    {
      name: 'address: the one in between gets a link',
      from: 'isReturn ? mail.removed(before, at) : mail.changed(before, undo, client)',
      to: 'mail.changed(before, undo, client)',
    },
  ]),
  ...mutantsOf('src/accounts/change-address-mail.ts', CONFIRMATION, [
    {
      name: 'address: is counted for the account that asks',
      from: '...decoyOf(emailKey), email, locale',
      to: '...decoyOf(token), email, locale',
    },
    { name: 'address: mail without limit', from: 'MAX_MAILS_PER_HOUR = 3', to: 'MAX_MAILS_PER_HOUR = 100' },
    {
      name: 'address: the owner has one day',
      from: 'UNDO_MS = 3 * DAY_MS',
      to: 'UNDO_MS = DAY_MS',
    },
    {
      name: 'address: the link of a taken one is mailed',
      from: "compose('email-taken', { ...about, facts: { at } })",
      to: "compose('email-change', { ...about, facts })",
    },
  ]),
  ...mutantsOf('src/db/sqlite/address-changes.ts', STORE, [
    {
      name: 'address: confirmed after a change of the password',
      from: 'if (found.passwordChangedAt !== user.passwordChangedAt) return null',
      to: '',
    },
    { name: 'address: confirmed by a disabled account', from: ' || user.disabledAt !== null', to: '' },
    {
      name: 'address: taken from another account',
      from: ' || isTaken(emailKey, user.id, at)) return null',
      to: ') return null',
    },
    {
      name: 'address: free as soon as it is left',
      from: 'former.isReserved(emailKey, at, userId) || hasAnother',
      to: 'hasAnother',
    },
    {
      name: 'address: a link of the thief voids that of the owner',
      from: 'former.forgetFrom(user.id, former.firstStep(user.id, emailKey, at) as number)',
      to: 'former.forgetFrom(user.id, 0)',
    },
    {
      name: 'address: the links of the thief stay',
      from: 'former.forgetFrom(user.id, former.firstStep(user.id, emailKey, at) as number)',
      to: '',
    },
    {
      name: 'address: the password of the thief stays',
      from: 'passwordHash: NO_PASSWORD',
      to: 'passwordHash: user.passwordHash',
    },
    {
      name: 'address: the sessions of the thief stay',
      from: "endSessionsOfUser(user.id, 'address-restored', at, null)",
      to: '',
    },
    {
      name: 'address: links that were mailed before it stay',
      from: 'db.delete(oneTimeTokens).where(eq(oneTimeTokens.userId, user.id)).run()',
      to: '',
    },
    {
      name: 'address: asked for without room for both mails',
      from: "if (!all.every(hasRoom)) return 'limited'",
      to: '',
    },
    {
      name: 'address: no process hears of it',
      from: 'changes.addUser(user.id, at)',
      to: '',
    },
  ]),
  ...mutantsOf('src/db/sqlite/former-addresses.ts', STORE, [
    {
      name: 'address: put back after the expiry',
      from: 'and(eq(formerAddresses.hash, hash), gt(expiresAt, at))',
      to: 'eq(formerAddresses.hash, hash)',
    },
  ]),
  ...mutantsOf('src/db/sqlite/accounts.ts', STORE, [
    {
      name: 'address: a stranger registers with one that may come back',
      from: 'if (former.isReserved(user.emailKey, user.createdAt)) return false',
      to: '',
    },
    {
      name: 'address: a thief deletes the account',
      from: "if (by && user !== undefined && former.hasOther(user, at)) return 'address-changed'",
      to: '',
    },
  ]),
  ...mutantsOf(
    'plugins/mail.ts',
    ['test/plugins/tacit.test.ts'],
    [
      {
        name: 'mail: links without the prefix',
        from: 'app.prefix + scope.prefix',
        to: "''",
      },
    ],
  ),
  ...mutantsOf('src/sessions/authentication.ts', CONFIRMATION, [
    {
      name: 'tokens: the address is confirmed later',
      from: 'isConfirmed !== undefined && isConfirmed !== (user.emailConfirmedAt !== null)',
      to: 'isConfirmed === undefined',
    },
  ]),
  ...mutantsOf('src/db/sqlite/outbox.ts', STORE, [
    {
      name: 'outbox: several processes send',
      from: 'current.until > at) return false',
      to: 'current.until > at) return true',
    },
    {
      name: 'outbox: a mail is taken twice',
      from: 'nextAttemptAt: taking.leaseUntil',
      to: 'nextAttemptAt: due.nextAttemptAt',
    },
    {
      name: 'outbox: keeps links that were sent',
      from: 'givenUpAt: null, sealed: null, lastError',
      to: 'givenUpAt: null, lastError',
    },
    {
      name: 'outbox: a late failure counts',
      from: 'and(isWaiting, eq(outbox.attempts, attempts))',
      to: 'isWaiting',
    },
    { name: 'outbox: no limit', from: 'if (!hasRoom(mail)) return false', to: '' },
  ]),
  ...mutantsOf('src/mail/outbox.ts', OUTBOX, [
    { name: 'outbox: a decoy is sent', from: 'if (mail.to === null) return\n', to: '', tests: LINKS },
    {
      name: 'outbox: gives nothing up',
      from: "failure === 'never' ? null : nextAttemptAt(mail, now)",
      to: 'nextAttemptAt(mail, now)',
    },
    {
      name: 'outbox: another Message-ID at each attempt',
      from: '`${mail.id}@${domain}`',
      to: '`${mail.id}.${mail.attempts}@${domain}`',
    },
    {
      name: 'outbox: sends links that have expired',
      from: 'mail.expiresAt <= clock.now()',
      to: 'mail.expiresAt <= 0',
    },
    {
      name: 'outbox: goes on while the server refuses',
      from: "return failure !== 'server'",
      to: 'return true',
    },
  ]),
  ...mutantsOf('src/mail/composer.ts', OUTBOX, [
    {
      name: 'outbox: content that can be read',
      from: 'sealing.seal(nameOf(id, user.email), Buffer.from(JSON.stringify(payload)))',
      to: 'Buffer.from(JSON.stringify(payload))',
      tests: TEXTS,
    },
    { name: 'outbox: content for any address', from: "`${id} ${to ?? ''}`", to: "`${id} ${to && ''}`" },
  ]),
  ...mutantsOf('src/mail/smtp.ts', SMTP, [
    {
      name: 'smtp: any text is an address',
      from: "if (!ADDRESS.test(to)) throw new MailError('never', 'The address is not one mailbox')",
      to: '',
    },
    { name: 'smtp: TLS may be missing', from: 'requireTLS: !secure && !insecure', to: 'requireTLS: false' },
    {
      name: 'smtp: a bad password is the fault of the mail',
      from: "if (!isOfTheMail || OF_THE_SERVICE.includes(responseCode)) return 'server'",
      to: "if (OF_THE_SERVICE.includes(responseCode)) return 'server'",
      tests: OUTBOX,
    },
  ]),
  ...mutantsOf('src/mail/transport.ts', OUTBOX, [
    {
      name: 'mail: links of a server in the log',
      from: ".replace(/\\S*(:\\/\\/|#\\/)\\S*|[\\w-]{32,}/g, '[removed]')",
      to: '',
    },
  ]),
  ...mutantsOf('src/mail/render.ts', TEXTS, [
    {
      name: 'mail: HTML in a value',
      from: 'text.replace(/[&<>"\']/g, (each) => ENTITIES[each] as string)',
      to: 'text',
    },
    { name: 'mail: a subject of two lines', from: ".replace(/[\\p{Cc}\\p{Zl}\\p{Zp}]+/gu, ' ')", to: '' },
  ]),
  ...mutantsOf('src/mail/client-name.ts', TEXTS, [
    {
      name: 'mail: words of a client',
      from: 'name !== undefined && Object.values(names).includes(name) ? name : null',
      to: 'name ?? names.none ?? null',
    },
  ]),
  ...mutantsOf('src/mail/notices.ts', NOTICES, [
    {
      name: 'notices: cannot be turned off',
      from: '(user.signInNotices ? mailFor(user) : [])',
      to: 'mailFor(user)',
    },
    { name: 'notices: without limit', from: 'MAX_SIGN_INS_PER_HOUR)\n', to: '99)\n' },
  ]),
  ...mutantsOf('src/sign-in/sign-in.ts', NOTICES, [
    {
      name: 'notices: of known browsers',
      from: 'isKnown ? undefined : notices.newSignIn(options.client)',
      to: 'notices.newSignIn(options.client)',
    },
  ]),
  ...mutantsOf('src/db/sqlite/accounts.ts', NOTICES, [
    {
      name: 'notices: disabled twice',
      from: 'if (before.disabledAt === null && disabledAt !== null) write',
      to: 'if (disabledAt !== null) write',
    },
  ]),
  ...mutantsOf(
    'routes/demo/mail.ts',
    ['test/routes/demo/demo.test.ts'],
    [
      {
        name: 'demo: mail for everybody',
        from: '!core.config.development || mailbox === null',
        to: 'mailbox === null',
      },
    ],
  ),
  ...mutantsOf(
    'src/config/mail-settings.ts',
    ['test/config/config.test.ts'],
    [
      {
        name: 'settings: links in the log of production',
        from: 'if (isProduction) {',
        to: 'if (isProduction && url === undefined) {',
      },
      {
        name: 'settings: any host is this machine',
        from: '/^(localhost|127(\\.\\d+){3}|::1)$/i',
        to: '/^(localhost|127(\\.\\d+){3}|::1)/i',
      },
    ],
  ),
]
