import type { Command } from 'commander'
import type { KeyPairs, LoadedPair } from '../keys/key-pairs.ts'
import { signerAt } from '../keys/key-schedule.ts'
import { type Answer, minute, table } from './output.ts'
import type { Runner } from './runner.ts'
import type { Service } from './service.ts'

export function addKeyCommands(program: Command, { answer }: Runner): void {
  const keys = program
    .command('keys')
    .description('list the key pairs that sign access tokens, and replace them')

  keys
    .command('list')
    .description('the key pairs, the oldest first, without their private keys')
    .addHelpText('after', LIST_HELP)
    .action(() => answer(async (service) => describe(await service.openKeyPairs(), service)))

  keys
    .command('rotate')
    .description('let the next key pair sign from now on, and publish one that comes after it')
    .option('--compromised', 'end every key at once, because an attacker may know one of them')
    .addHelpText('after', ROTATE_HELP)
    .action(({ compromised = false }: { readonly compromised?: boolean }) =>
      answer(async (service) => {
        if (service.config.accessTokenAlgorithm === 'HS256') throw new Error(NO_PAIRS)
        const keyPairs = await service.openKeyPairs()
        await keyPairs.rotate(compromised)
        return describe(keyPairs, service)
      }),
    )
}

function describe(keyPairs: KeyPairs, { clock, config }: Service): Answer {
  const now = clock.now()
  const pairs = keyPairs.list()
  const list = pairs.map((pair) => present(pair, pairs, now))
  const rows = list.map(({ kid, algorithm, state, signsFrom, expiresAt }) => [
    ...[kid, algorithm, state],
    ...[signsFrom, expiresAt].map((time) => (time === null ? '-' : minute(time))),
  ])
  const text =
    rows.length === 0 ? EMPTY : table(['KID', 'ALGORITHM', 'STATE', 'SIGNS FROM (UTC)', 'ENDS'], rows)
  return { json: { algorithm: config.accessTokenAlgorithm, keys: list }, text }
}

function present(
  { kid, algorithm, createdAt, ...times }: LoadedPair,
  pairs: readonly LoadedPair[],
  now: number,
) {
  return {
    kid,
    algorithm,
    state: stateOf({ kid, ...times }, pairs, now),
    createdAt: new Date(createdAt).toISOString(),
    signsFrom: iso(times.signsFrom),
    expiresAt: iso(times.expiresAt),
  }
}

/** `signs`, `next` for a key that does not sign yet, or `old` for one that only verifies. */
function stateOf(
  { kid, expiresAt }: Pick<LoadedPair, 'kid' | 'expiresAt'>,
  pairs: readonly LoadedPair[],
  now: number,
): 'signs' | 'next' | 'old' {
  if (signerAt(pairs, now)?.kid === kid) return 'signs'
  return expiresAt === null ? 'next' : 'old'
}

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())

const EMPTY =
  'There are no key pairs. The service makes them at its start if ACCESS_TOKEN_ALG is EdDSA, ES256 or RS256.'

const NO_PAIRS =
  'ACCESS_TOKEN_ALG is HS256, which has no key pairs. To replace its key, put a new secret in front of SECRET_KEY, separated by a comma, and restart the service'

const LIST_HELP = `
With --json: {"algorithm", "keys": [{"kid", "algorithm", "state", "createdAt", "signsFrom", "expiresAt"}]}
The state is "signs", "next" for a key that does not sign yet, or "old" for one that only verifies.

Example:
  tacit keys list`

const ROTATE_HELP = `
The next key has been published for a while, so other services know it. It signs after half a
minute, when every process of the service has read the keys. The old key stays published until its
last token has expired. Clients are not signed out.

With --compromised, two new keys are made, and the new one signs at once. The service accepts no
token of the other keys after at most 10 seconds: browsers refresh silently, and other clients get
401 and refresh. Other services follow when their copy of the key set is 5 minutes old.

With --json: as keys list

Examples:
  tacit keys rotate
  tacit keys rotate --compromised`
