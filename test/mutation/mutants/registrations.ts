import { mutantsOf } from '../mutant.ts'

const REGISTER = ['test/routes/auth/register.test.ts']
const ADMINISTRATION = ['test/routes/admin/users.test.ts']
const STORE = ['test/store/sqlite.test.ts']
const POSTGRES = ['test/store/postgres.test.ts']

/** Registrations that wait for the proof of an address, and invitations. */
export const registrations = [
  ...mutantsOf('src/accounts/registration.ts', REGISTER, [
    {
      name: 'registrations: a taken address costs less',
      from: 'const { token, hash } = newToken()',
      to: 'if (owner !== undefined) return\n      const { token, hash } = newToken()',
    },
    {
      name: 'registrations: a disabled account gets mail',
      from: 'owner.disabledAt === null ? email : null',
      to: 'email',
    },
    {
      name: 'registrations: mail without limit',
      from: 'maxPerHour: MAX_MAILS_PER_HOUR',
      to: 'maxPerHour: 100',
    },
    {
      name: 'registrations: links live for ever',
      from: 'LINK_MINUTES * MINUTE_MS',
      to: 'LINK_MINUTES * 2 * MINUTE_MS',
    },
    {
      name: 'registrations: a link opens what is closed',
      from: 'if (!isOpen) return false',
      to: '',
    },
    {
      name: 'registrations: failures stay',
      from: 'clearFailures: ({ emailKey }) => [throttleKey(emailKey)]',
      to: 'clearFailures: () => []',
    },
    {
      name: 'registrations: the proof is forgotten',
      from: 'emailConfirmedAt: at',
      to: 'emailConfirmedAt: null',
    },
    {
      name: 'registrations: the mail does not say where',
      from: 'minutes: LINK_MINUTES, ...client',
      to: 'minutes: LINK_MINUTES',
    },
  ]),
  ...mutantsOf('src/credentials/proof.ts', REGISTER, [
    {
      name: 'proof: an address that is not confirmed is enough',
      from: '(emailConfirmedAt !== null || !mustBeConfirmed)',
      to: '(emailConfirmedAt !== null || mustBeConfirmed !== null)',
    },
    {
      name: 'proof: a session of an account that is not confirmed proves nothing',
      from: 'client, mustBeConfirmed: false }',
      to: 'client, mustBeConfirmed: true }',
    },
  ]),
  ...mutantsOf('src/db/sqlite/registrations.ts', STORE, [
    {
      name: 'registrations: after their expiry',
      from: 'gt(registrations.expiresAt, at)',
      to: 'gt(registrations.expiresAt, 0)',
    },
    {
      name: 'registrations: the other links stay',
      from: 'eq(registrations.emailKey, registration.emailKey)',
      to: 'eq(registrations.hash, hash)',
    },
    {
      name: 'registrations: a taken address is no failure',
      from: 'if (!addUser(user)) return null',
      to: 'addUser(user)',
    },
    {
      name: 'registrations: without their mail',
      from: 'if (!addMail(mail)) return false',
      to: 'addMail(mail)',
    },
    { name: 'invitations: any actor', from: 'if (denied) return { kind: denied }', to: '' },
    {
      name: 'invitations: of accounts with a password',
      from: 'before.invitedAt === null || before.disabledAt !== null',
      to: 'before.disabledAt !== null',
    },
    {
      name: 'invitations: of disabled accounts',
      from: 'before.invitedAt === null || before.disabledAt !== null',
      to: 'before.invitedAt === null',
    },
  ]),
  ...mutantsOf('src/db/postgres/registrations.ts', POSTGRES, [
    {
      name: 'invitations on PostgreSQL: of accounts with a password',
      from: 'before.invitedAt === null || before.disabledAt !== null',
      to: 'before.disabledAt !== null',
    },
    {
      name: 'registrations on PostgreSQL: the other links stay',
      from: "eq(registrations.emailKey, placeholder(registrations.emailKey, 'emailKey'))",
      to: "eq(registrations.passwordHash, placeholder(registrations.emailKey, 'emailKey'))",
    },
  ]),
  ...mutantsOf('src/db/access-change.ts', STORE, [
    {
      name: 'invitations: the role before counts for nothing',
      from: 'before === undefined || before.invitedAt === null ? [user.role] : rolesOf(before, { role })',
      to: '[user.role]',
    },
    { name: 'invitations: an invited account is an administrator', from: ' && invitedAt === null', to: '' },
  ]),
  ...mutantsOf('src/accounts/invitation.ts', ADMINISTRATION, [
    {
      name: 'invitations: the actor is not checked',
      from: "by && authorities.of(by, 'users:write')",
      to: 'undefined',
    },
    {
      name: 'invitations: links live for ever',
      from: 'LINK_MINUTES * MINUTE_MS',
      to: 'LINK_MINUTES * 2 * MINUTE_MS',
    },
    {
      name: 'invitations: of roles that are not defined',
      from: 'role !== undefined && !roles.isRole(role)',
      to: "role === ''",
    },
  ]),
  ...mutantsOf('src/accounts/recovery.ts', ADMINISTRATION, [
    {
      name: 'invitations: the first password is told as a change',
      from: 'purpose === INVITATION ? undefined : notices',
      to: 'notices',
    },
  ]),
  ...mutantsOf('src/credentials/passwords.ts', ADMINISTRATION, [
    {
      name: 'passwords: no password is a hash',
      from: 'known === NO_PASSWORD ? undefined : known',
      to: 'known',
    },
  ]),
  ...mutantsOf(
    'src/config/config.ts',
    ['test/config/config.test.ts'],
    [
      {
        name: 'settings: required without mail',
        from: "env.EMAIL_VERIFICATION === 'required' && mail === null",
        to: "env.EMAIL_VERIFICATION === 'required' && mail === undefined",
      },
    ],
  ),
]
