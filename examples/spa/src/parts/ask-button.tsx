import type { ComponentChildren } from 'preact'
import { useId, useRef } from 'preact/hooks'
import { texts } from '../texts/current.ts'

interface AskButtonProps {
  /** What the dialog asks, with the consequence. */
  readonly question: string
  /** What the button in the dialog says. */
  readonly confirm: string
  readonly busy: boolean
  readonly onConfirm: () => unknown
  readonly children: ComponentChildren
}

/** A button that ends or takes away something: a dialog asks first. */
export function AskButton({ question, confirm, busy, onConfirm, children }: AskButtonProps) {
  const id = useId()
  const dialog = useRef<HTMLDialogElement>(null)
  const cancel = useRef<HTMLButtonElement>(null)

  function ask(): void {
    if (busy) return
    dialog.current?.showModal()
    cancel.current?.focus()
  }
  function go(): void {
    dialog.current?.close()
    onConfirm()
  }

  return (
    <span>
      <button type="button" onClick={ask} aria-disabled={busy}>
        {children}
      </button>
      <dialog ref={dialog} aria-labelledby={id}>
        <p id={id}>{question}</p>
        <div class="buttons">
          <button type="button" ref={cancel} onClick={() => dialog.current?.close()}>
            {texts.cancel}
          </button>
          <button type="button" class="danger" onClick={go}>
            {confirm}
          </button>
        </div>
      </dialog>
    </span>
  )
}
