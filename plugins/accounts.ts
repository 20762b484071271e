import type { FastifyInstance } from 'fastify'
import fp from 'fastify-plugin'
import { type Accounts, createAccounts } from '../src/accounts/accounts.ts'
import { createDeviceCookies, type DeviceCookies } from '../src/credentials/device-cookies.ts'
import { createHashWorker, type HashWorker } from '../src/credentials/hash-worker.ts'
import { createPasswords } from '../src/credentials/passwords.ts'
import { createSignIn, type SignIn } from '../src/sign-in/sign-in.ts'
import { createTokenGrants, type TokenGrants } from '../src/sign-in/token-endpoint.ts'

declare module 'fastify' {
  interface FastifyInstance {
    accounts: Accounts
    deviceCookies: DeviceCookies
    signIn: SignIn
    tokenGrants: TokenGrants
  }
}

export interface AccountsOptions {
  /** Hashes for several applications of one process. Left out, the application has its own. */
  readonly hashWorker?: HashWorker
}

export default fp<AccountsOptions>(
  async (app, { hashWorker }) => {
    const { store, clock, events, refusalEvents, roles, config, keys, log } = app
    const worker = hashWorker ?? ownHashWorker(app)
    const passwords = createPasswords({ worker, parameters: config.argon2 })
    const { passwordMinLength, registrationOpen } = config
    app.decorate(
      'accounts',
      createAccounts({ store, clock, events, refusalEvents, roles, passwords, passwordMinLength, log }),
    )
    app.decorate('deviceCookies', createDeviceCookies(keys.deviceCookie))
    const { accounts, sessions, deviceCookies: devices } = app
    const signIn = createSignIn({ accounts, sessions, devices, clock, registrationOpen })
    app.decorate('signIn', app.measure('signIn', signIn, ['withPassword', 'withNewAccount']))
    app.decorate('tokenGrants', createTokenGrants(app.signIn, app.sessions))
  },
  { name: 'accounts', dependencies: ['env', 'clock', 'database', 'events', 'roles', 'sessions', 'metrics'] },
)

function ownHashWorker(app: FastifyInstance): HashWorker {
  const worker = createHashWorker({
    onPriority: (priority) => app.log.info(`passwords are hashed at ${priority} priority`),
  })
  app.addHook('onClose', async () => worker.close())
  return worker
}
