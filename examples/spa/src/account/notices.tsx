import type { Notice } from '../shapes.ts'
import { texts, words } from '../texts/current.ts'
import { mayBeTheft, noticeSentence } from './notice-text.ts'

/** What has happened to sessions of the account. An ended session is not among the devices any more. */
export function Notices({ notices }: { readonly notices: readonly Notice[] }) {
  if (notices.length === 0) return null
  return (
    <div class="notices">
      <ul aria-label={texts.notices.label}>
        {notices.map((notice) => (
          <li key={`${notice.at} ${notice.sessionId} ${notice.type}`}>
            {noticeSentence(notice, texts, words)}
          </li>
        ))}
      </ul>
      {notices.some(mayBeTheft) && <p>{texts.notices.advice}</p>}
    </div>
  )
}
