import type { Mutant } from './mutant.ts'
import { access } from './mutants/access.ts'
import { accounts } from './mutants/accounts.ts'
import { clients } from './mutants/clients.ts'
import { configuration } from './mutants/configuration.ts'
import { cookies } from './mutants/cookies.ts'
import { crossOrigin } from './mutants/cross-origin.ts'
import { examples } from './mutants/examples.ts'
import { keys } from './mutants/keys.ts'
import { limits } from './mutants/limits.ts'
import { lists } from './mutants/lists.ts'
import { mail } from './mutants/mail.ts'
import { memory } from './mutants/memory.ts'
import { move } from './mutants/move.ts'
import { pages } from './mutants/pages.ts'
import { passwords } from './mutants/passwords.ts'
import { postgres } from './mutants/postgres.ts'
import { programs } from './mutants/programs.ts'
import { refresh } from './mutants/refresh.ts'
import { refusals } from './mutants/refusals.ts'
import { registrations } from './mutants/registrations.ts'
import { revocations } from './mutants/revocations.ts'
import { secrets } from './mutants/secrets.ts'
import { storage } from './mutants/storage.ts'
import { tokens } from './mutants/tokens.ts'
import { underWay } from './mutants/under-way.ts'
import { verifier } from './mutants/verifier.ts'

/** Every mutant, by subject. */
export const mutants: readonly Mutant[] = [
  ...secrets,
  ...tokens,
  ...keys,
  ...refresh,
  ...memory,
  ...move,
  ...cookies,
  ...crossOrigin,
  ...passwords,
  ...configuration,
  ...refusals,
  ...lists,
  ...programs,
  ...access,
  ...clients,
  ...revocations,
  ...limits,
  ...accounts,
  ...storage,
  ...postgres,
  ...mail,
  ...registrations,
  ...pages,
  ...underWay,
  ...examples,
  ...verifier,
]
