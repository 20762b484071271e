import { useState } from 'preact/hooks'
import { Heading } from '../parts/heading.tsx'
import { texts } from '../texts/current.ts'
import { EventList } from './event-list.tsx'
import { Tabs } from './tabs.tsx'

export function Events() {
  const [type, setType] = useState('')
  return (
    <>
      <Heading title={texts.admin.events}>{texts.admin.title}</Heading>
      <Tabs at="events" />
      <div class="inline">
        <label for="type">{texts.admin.show}</label>
        <select id="type" value={type} onChange={(event) => setType(event.currentTarget.value)}>
          <option value="">{texts.admin.everything}</option>
          {Object.entries(texts.events).map(([name, text]) => (
            <option key={name} value={name}>
              {text}
            </option>
          ))}
        </select>
      </div>
      <EventList key={type} filter={type ? { type } : {}} />
    </>
  )
}
