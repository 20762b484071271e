/**
 * Makes plain text and HTML of a text.
 *
 * Threat: a value becomes a part of the HTML or of a header.
 * Guarantee: every value is escaped in HTML. A subject has no control character, so it is one line.
 * A mail loads nothing from the network.
 */
import type { MailText } from './texts/texts.ts'

/** How the sender looks. */
export interface MailLook {
  /** The name of the service in subjects and texts. */
  readonly name: string
  /** The colour of the button, as `#1f6feb`. */
  readonly color: string
}

export interface RenderedMail {
  readonly subject: string
  readonly text: string
  readonly html: string
}

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
}

export const escapeHtml = (text: string): string =>
  text.replace(/[&<>"']/g, (each) => ENTITIES[each] as string)

const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()

export function render(
  { subject, paragraphs, action, after = [] }: MailText,
  { look, language, footer }: { look: MailLook; language: string; footer: string },
): RenderedMail {
  const plain = [...paragraphs, ...(action ? [`${action.label}:\n${action.link}`] : []), ...after]
  return {
    subject: oneLine(subject),
    text: `${plain.join('\n\n')}\n\n-- \n${footer}\n`,
    html: `<!doctype html>
<html lang="${escapeHtml(language)}">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px;font:16px/1.5 system-ui,sans-serif;color:#1b1f24;background:#fff">
<div style="max-width:36em;margin:auto">
<p style="font-weight:bold">${escapeHtml(look.name)}</p>
${paragraphs.map(asParagraph).join('\n')}
${action ? `<p style="margin:24px 0"><a href="${escapeHtml(action.link)}" style="display:inline-block;padding:10px 18px;border-radius:6px;background:${escapeHtml(look.color)};color:#fff;text-decoration:none">${escapeHtml(action.label)}</a></p>` : ''}
${after.map(asParagraph).join('\n')}
<p style="color:#59636e;font-size:13px">${escapeHtml(footer)}</p>
</div>
</body>
</html>
`,
  }
}

const asParagraph = (text: string): string => `<p>${escapeHtml(text)}</p>`
