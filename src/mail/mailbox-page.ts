/** The page with the mail that `log:` did not send. In development only. */
import { escapeHtml } from './render.ts'
import type { MailMessage } from './transport.ts'

const LINK = /https?:\/\/\S+/g

const linked = (text: string): string =>
  escapeHtml(text).replace(LINK, (link) => `<a href="${link}">${link}</a>`)

/** @param styles paths of stylesheets */
export function mailboxPage(messages: readonly MailMessage[], styles: readonly string[]): string {
  const list = messages.map(
    ({ from, to, subject, date, text }) => `<article>
<h2>${escapeHtml(subject)}</h2>
<p class="soft">${escapeHtml(`${from} → ${to}, ${date.toISOString()}`)}</p>
<pre style="white-space:pre-wrap">${linked(text)}</pre>
</article>`,
  )
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Mail</title>
${styles.map((path) => `<link rel="stylesheet" href="${escapeHtml(path)}">`).join('\n')}</head>
<body><main><h1>Mail</h1>
<p>MAIL_URL is log:, so mail is written to the log, and the last of it is here. In production, set MAIL_URL to a mail server.</p>
${list.join('\n') || '<p>There is no mail yet.</p>'}
</main></body>
</html>
`
}
