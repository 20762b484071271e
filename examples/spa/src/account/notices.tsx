import type { Notice } from '../shapes.ts'
import { mayBeTheft, noticeSentence } from './notice-text.ts'

/** What has happened to sessions of the account. An ended session is not among the devices any more. */
export function Notices({ notices }: { readonly notices: readonly Notice[] }) {
  if (notices.length === 0) return null
  return (
    <div class="notices">
      <ul aria-label="What has happened to sessions of this account">
        {notices.map((notice) => (
          <li key={`${notice.at} ${notice.sessionId} ${notice.type}`}>{noticeSentence(notice)}</li>
        ))}
      </ul>
      {notices.some(mayBeTheft) && <p>If one of these was not you, change your password.</p>}
    </div>
  )
}
