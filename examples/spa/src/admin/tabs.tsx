export function Tabs({ at }: { readonly at: 'users' | 'events' }) {
  return (
    <nav class="tabs" aria-label="Administration">
      <a href="#/admin/users" aria-current={at === 'users' ? 'page' : undefined}>
        People
      </a>
      <a href="#/admin/events" aria-current={at === 'events' ? 'page' : undefined}>
        Events
      </a>
    </nav>
  )
}
