import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type Accounts, createAccounts } from '../src/accounts/accounts.ts'
import { type AddressChanges, createAddressChanges } from '../src/accounts/change-address.ts'
import { type Confirmation, createConfirmation } from '../src/accounts/confirmation.ts'
import { createInvitations, type Invitations } from '../src/accounts/invitation.ts'
import { createRecovery, type Recovery } from '../src/accounts/recovery.ts'
import { createRegistrations, type Registrations } from '../src/accounts/registration.ts'
import { createDeviceCookies, type DeviceCookies } from '../src/credentials/device-cookies.ts'
import { createHashWorker, type HashWorker } from '../src/credentials/hash-worker.ts'
import { createPasswords } from '../src/credentials/passwords.ts'
import { createSignIn, type SignIn } from '../src/sign-in/sign-in.ts'
import { createTokenGrants, type TokenGrants } from '../src/sign-in/token-endpoint.ts'
import { internalsOf, provide } from '../src/wiring/internals.ts'

declare module '../src/wiring/internals.ts' {
  interface Internals {
    accounts: Accounts
    deviceCookies: DeviceCookies
    signIn: SignIn
    tokenGrants: TokenGrants
    recovery: Recovery
    confirmation: Confirmation
    invitations: Invitations
    /** Null unless EMAIL_VERIFICATION is required. */
    registrations: Registrations | null
    addressChanges: AddressChanges
  }
}

export interface AccountsOptions {
  /**
   * A hash worker shared by several applications of a process. By default the application has its
   * own.
   */
  readonly hashWorker?: HashWorker
}

export default fp<AccountsOptions>(
  async (app, { hashWorker }) => {
    const core = internalsOf(app)
    const { store, clock, events, refusalEvents, roles, config, keys, sessions, mail } = core
    const { log } = app
    const worker = hashWorker ?? ownHashWorker(app)
    const passwords = createPasswords({ worker, parameters: config.argon2 })
    const { passwordMinLength, registrationOpen } = config
    const shared = { store, clock, events, refusalEvents, passwords, passwordMinLength }
    const mustBeConfirmed = config.emailVerification === 'required'
    const accounts = createAccounts({ ...shared, mustBeConfirmed, roles, log, notices: mail.notices })
    const recovery = createRecovery({ ...shared, mail })
    const invitations = createInvitations({ store, clock, events, roles, composer: mail.composer })
    // Also if the setting has changed: links under way make the accounts that they promise.
    const registrations =
      mail.composer && createRegistrations({ ...shared, isOpen: registrationOpen, composer: mail.composer })
    const composer = config.emailVerification === 'off' ? null : mail.composer
    const addressChanges = createAddressChanges({ ...shared, composer: mail.composer })
    const confirmation = createConfirmation({ ...shared, composer, registrations, addressChanges })
    const devices = createDeviceCookies(keys.deviceCookie)
    const unmeasured = createSignIn({
      ...{ accounts, sessions, devices, clock, registrationOpen },
      notices: mail.notices,
      confirmation,
    })
    const signIn = core.measure('signIn', unmeasured, ['withPassword', 'withNewAccount'])
    const tokenGrants = createTokenGrants(signIn, sessions)
    provide(app, { accounts, deviceCookies: devices, signIn, tokenGrants, recovery, confirmation })
    provide(app, { addressChanges, invitations, registrations: mustBeConfirmed ? registrations : null })
  },
  {
    name: 'accounts',
    dependencies: ['env', 'clock', 'database', 'events', 'roles', 'sessions', 'metrics', 'mail'],
  },
)

function ownHashWorker(app: FastifyInstance): HashWorker {
  const worker = createHashWorker({
    onPriority: (priority) => app.log.info(`Passwords are hashed at ${priority} priority`),
  })
  app.addHook('onClose', async () => worker.close())
  return worker
}
