import { SERVICE } from '../api.ts'
import { settings } from '../settings.ts'
import { texts } from '../texts/current.ts'

/** In development mail is not sent: a link shows it. */
export function OpenMail({ isInNote = false }: { readonly isInNote?: boolean }) {
  if (!settings.development) return null
  return (
    <p class={isInNote ? undefined : 'note'}>
      <a href={`${SERVICE}/demo/mail`} target="_blank" rel="noreferrer">
        {texts.forgot.open}
      </a>
    </p>
  )
}
