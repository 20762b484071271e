import type { ComponentChildren } from 'preact'
import { useId, useLayoutEffect, useRef } from 'preact/hooks'
import { texts } from '../texts/current.ts'
import type { Action } from './action.ts'
import { textOfRefusal } from './refusal.ts'

export type Values = Readonly<Record<string, string>>

interface FormProps {
  readonly action: Action<Values>
  /** What the button says. */
  readonly submit: string
  readonly danger?: boolean
  /** Whether its fields are emptied when it is done: nothing of a password stays in the page. */
  readonly clears?: boolean
  readonly children: ComponentChildren
}

/** A form that submits once at a time, and says below its fields how it went. */
export function Form({ action, submit, danger = false, clears = false, children }: FormProps) {
  async function send(event: SubmitEvent): Promise<void> {
    event.preventDefault()
    const form = event.currentTarget as HTMLFormElement
    const values = Object.fromEntries(new FormData(form)) as Values
    if ((await action.run(values)) && clears) form.reset()
  }
  return (
    <form onSubmit={send} onInput={action.forget}>
      {children}
      <Outcome action={action} />
      <button type="submit" class={danger ? 'danger' : 'primary'} aria-disabled={action.busy}>
        {submit}
        {action.busy && <span class="busy" aria-hidden="true" />}
      </button>
    </form>
  )
}

/** How an action went. Regions that are read aloud have to be there before there is anything to read. */
export function Outcome({ action: { refusal, done, busy } }: { readonly action: Action<never> }) {
  return (
    <>
      <div role="alert">{refusal && <p class="refusal">{textOfRefusal(refusal)}</p>}</div>
      <div role="status">
        {done && <p class="done">{done}</p>}
        {busy && <p class="unseen">{texts.busy}</p>}
      </div>
    </>
  )
}

interface FieldProps {
  readonly label: string
  readonly name: string
  readonly type?: 'text' | 'email'
  readonly autocomplete: 'username' | 'name' | 'email' | 'off'
  readonly required?: boolean
  readonly value?: string
  /** Whether it has the focus when the view opens. */
  readonly focused?: boolean
}

const LONGEST = 254

export function Field({
  label,
  type = 'text',
  required = false,
  value = '',
  focused = false,
  ...rest
}: FieldProps) {
  const id = useId()
  const input = useRef<HTMLInputElement>(null)
  // After the heading of a new view, which takes the focus as well.
  useLayoutEffect(() => {
    if (focused) input.current?.focus()
  }, [])
  const attributes = { id, ref: input, required, defaultValue: value, maxLength: LONGEST, ...rest }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === 'email' ? <input type="email" {...attributes} /> : <input type="text" {...attributes} />}
    </div>
  )
}
