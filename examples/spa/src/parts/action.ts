import { useRef, useState } from 'preact/hooks'
import { Refusal } from '../api.ts'

export interface Action<Input> {
  readonly busy: boolean
  readonly refusal: Refusal | undefined
  /** What was achieved, in words. */
  readonly done: string | undefined
  /** Removes the refusal: what the service refused has changed. */
  forget(): void
  /** Whether it was done. */
  run(input: Input): Promise<boolean>
}

/**
 * Something that a person does and the service may refuse. While it is under way it cannot be done again.
 * @param act rejects with a Refusal; a sentence that it resolves with is said
 */
export function useAction<Input = void>(act: (input: Input) => Promise<unknown>): Action<Input> {
  const underWay = useRef(false)
  const [busy, setBusy] = useState(false)
  const [refusal, setRefusal] = useState<Refusal>()
  const [done, setDone] = useState<string>()

  async function run(input: Input): Promise<boolean> {
    if (underWay.current) return false
    underWay.current = true
    setBusy(true)
    setRefusal(undefined)
    setDone(undefined)
    try {
      const said = await act(input)
      if (typeof said === 'string') setDone(said)
      return true
    } catch (error) {
      setRefusal(
        error instanceof Refusal
          ? error
          : new Refusal('Something went wrong in this page.', { code: 'PAGE_FAILED' }),
      )
      if (!(error instanceof Refusal)) throw error
      return false
    } finally {
      underWay.current = false
      setBusy(false)
    }
  }

  return { busy, refusal, done, forget: () => setRefusal(undefined), run }
}
