import { texts } from '../texts/current.ts'

export function Tabs({ at }: { readonly at: 'users' | 'events' }) {
  return (
    <nav class="tabs" aria-label={texts.admin.title}>
      <a href="#/admin/users" aria-current={at === 'users' ? 'page' : undefined}>
        {texts.admin.people}
      </a>
      <a href="#/admin/events" aria-current={at === 'events' ? 'page' : undefined}>
        {texts.admin.events}
      </a>
    </nav>
  )
}
