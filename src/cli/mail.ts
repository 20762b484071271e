import type { Command } from 'commander'
import { RETRY_MS } from '../mail/composer.ts'
import type { MailRow } from '../store/outbox.ts'
import { minute, table } from './output.ts'
import type { Runner } from './runner.ts'

const MAX_LISTED = 100

export function addMailCommands(program: Command, { answer }: Runner): void {
  const mail = program.command('mail').description('see the mail of the service, and send it again')

  mail
    .command('list')
    .description('the newest mail, without its content')
    .addHelpText('after', LIST_HELP)
    .action(() =>
      answer(async ({ store }) => {
        const list = (await store.listMail(MAX_LISTED)).map(present)
        const rows = list.map(({ id, kind, to, state, createdAt, attempts, error }) => [
          ...[id, kind, to, state, minute(createdAt), `${attempts}`, error ?? '-'],
        ])
        const text =
          rows.length === 0
            ? 'There is no mail.'
            : table(['ID', 'KIND', 'TO', 'STATE', 'WRITTEN (UTC)', 'ATTEMPTS', 'LAST ERROR'], rows)
        return { json: { ...(await store.countMail()), mail: list }, text }
      }),
    )

  mail
    .command('retry')
    .argument('[id]', 'one mail: see `tacit mail list`')
    .description('send mail that waits or was given up, as soon as the service looks')
    .addHelpText('after', RETRY_HELP)
    .action((id: string | undefined) =>
      answer(async ({ store, clock }) => {
        const at = clock.now()
        const due = await store.retryMail({ at, retryUntil: at + RETRY_MS, id })
        if (id !== undefined && due === 0) throw new Error(`There is no mail ${id} that can be sent again`)
        const text = due === 1 ? '1 mail is due now.' : `${due} mails are due now.`
        return { json: { due }, text }
      }),
    )
}

const present = ({
  id,
  kind,
  to,
  createdAt,
  attempts,
  nextAttemptAt,
  sentAt,
  givenUpAt,
  lastError,
}: MailRow) => ({
  id,
  kind,
  to: String(to),
  state: sentAt !== null ? 'sent' : givenUpAt !== null ? 'given up' : 'waits',
  createdAt: new Date(createdAt).toISOString(),
  attempts,
  nextAttemptAt: iso(nextAttemptAt),
  sentAt: iso(sentAt),
  givenUpAt: iso(givenUpAt),
  error: lastError,
})

const iso = (time: number | null): string | null => (time === null ? null : new Date(time).toISOString())

const LIST_HELP = `
The list has at most ${MAX_LISTED} mails. Mail is deleted seven days after it was written.

With --json: {"waiting", "givenUp", "mail": [{"id", "kind", "to", "state", "createdAt", "attempts",
"nextAttemptAt", "sentAt", "givenUpAt", "error"}]}

Example:
  tacit mail list`

const RETRY_HELP = `
Mail whose link has expired is not sent again: its owner asks for another link.

With --json: {"due": <how many mails>}

Examples:
  tacit mail retry
  tacit mail retry 019c4a5e-7d3b-7c52-9a41-3f0e8b6d2c17`
