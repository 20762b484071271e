import type { ComponentChildren, RefObject } from 'preact'
import { useEffect, useId, useRef, useState } from 'preact/hooks'
import type { Refusal } from '../api.ts'
import { settings } from '../settings.ts'
import type { Me } from '../shapes.ts'
import { texts } from '../texts/current.ts'
import { lengthHint } from './length-hint.ts'
import { textOfRefusal } from './refusal.ts'

interface PasswordProps {
  readonly name: string
  readonly label: string
  readonly autocomplete: 'current-password' | 'new-password'
}

/** A password that can be looked at while it is typed. */
export function Password({ name, label, autocomplete }: PasswordProps) {
  return <Input name={name} label={label} autocomplete={autocomplete} />
}

/** Tells a password manager whose password a form is about. */
export function AccountName({ me }: { readonly me: Me | null | undefined }) {
  return <input type="text" autocomplete="username" value={me?.user.email ?? ''} readOnly hidden />
}

interface NewPasswordProps {
  readonly name: string
  readonly label: string
  readonly refusal: Refusal | undefined
}

/** A new password, with what there is to say of it so far: only the service knows which ones it takes. */
export function NewPassword({ name, label, refusal }: NewPasswordProps) {
  const [typed, setTyped] = useState('')
  const [refused, setRefused] = useState<{ readonly password: string; readonly why: string }>()
  const input = useRef<HTMLInputElement>(null)

  useEffect(() => {
    if (refusal?.code !== 'PASSWORD_REJECTED') return
    setRefused({ password: input.current?.value ?? '', why: textOfRefusal(refusal) })
    input.current?.focus()
  }, [refusal])

  useEffect(() => {
    const form = input.current?.form
    const forget = (): void => {
      setTyped('')
      setRefused(undefined)
    }
    form?.addEventListener('reset', forget)
    return () => form?.removeEventListener('reset', forget)
  }, [])

  const length = [...typed.normalize('NFC')].length
  const isRefused = refused !== undefined && refused.password === typed
  return (
    <Input
      name={name}
      label={label}
      autocomplete="new-password"
      invalid={isRefused}
      control={input}
      onTyped={setTyped}
    >
      <p>
        {lengthHint(texts, length, settings.passwordMinLength)}
        {refused && !isRefused && texts.password.refusedBefore(refused.why)}
      </p>
    </Input>
  )
}

interface InputProps extends PasswordProps {
  readonly invalid?: boolean
  readonly control?: RefObject<HTMLInputElement | null>
  readonly onTyped?: (password: string) => void
  readonly children?: ComponentChildren
}

function Input({ name, label, autocomplete, invalid = false, control, onTyped, children }: InputProps) {
  const id = useId()
  const [shown, setShown] = useState(false)
  const attributes = {
    id,
    name,
    autocomplete,
    required: true,
    spellcheck: false,
    'aria-invalid': invalid,
    ...(children !== undefined && { 'aria-describedby': `${id}-hint` }),
    ...(control && { ref: control }),
    onInput: (event: Event) => onTyped?.((event.currentTarget as HTMLInputElement).value),
  }
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <div class="with-button">
        {shown ? <input type="text" {...attributes} /> : <input type="password" {...attributes} />}
        <button type="button" class="quiet" aria-pressed={shown} onClick={() => setShown(!shown)}>
          {texts.password.show}
          <span class="unseen">{texts.password.shown(label)}</span>
        </button>
      </div>
      {children !== undefined && (
        <div class="hint" id={`${id}-hint`}>
          {children}
        </div>
      )}
    </div>
  )
}
