import { notifications } from '@mantine/notifications'
import { useRef, useState } from 'react'
import { flushSync } from 'react-dom'
import { newIdempotencyKey, type Refusal, Refused } from '../api.ts'
import { useRefresh } from './useCalls.ts'

export type Change<Input, Output> = {
  /** `ask('POST /keys', { body: input, idempotencyKey })` */
  readonly run: (input: Input, idempotencyKey: string) => Promise<Output>
  /** Resources whose lists and pages are old afterwards. */
  readonly refreshes: readonly string[]
  /** Said in the corner when it is done. */
  readonly said?: string | ((output: Output, input: Input) => string) | undefined
  readonly done?: ((output: Output, input: Input) => void) | undefined
}

/**
 * One change. Its answer goes to `done` and is kept nowhere: an answer may hold a secret, and what a cache does not hold
 * it cannot show. A try again of the same input is the same call (Idempotency-Key).
 */
export function useChange<Input, Output>({ run, refreshes, said, done }: Change<Input, Output>) {
  const [isRunning, setRunning] = useState(false)
  const [refusal, setRefusal] = useState<Refusal | null>(null)
  const asked = useRef({ text: '', key: '' })
  const refresh = useRefresh()

  const change = async (input: Input): Promise<boolean> => {
    const text = JSON.stringify(input) ?? ''
    if (asked.current.text !== text || asked.current.key === '') asked.current = { text, key: newIdempotencyKey() }
    setRunning(true)
    setRefusal(null)
    try {
      const output = await run(input, asked.current.key)
      asked.current = { text: '', key: '' }
      if (said !== undefined) notifications.show({ message: typeof said === 'string' ? said : said(output, input) })
      // A dialog lets nobody go while its call runs, so that is over before `done` goes anywhere; and what `done` shows is
      // there before anybody presses anything.
      flushSync(() => setRunning(false))
      flushSync(() => done?.(output, input))
      // Nobody waits for it: a list that hangs must not keep back, or lose, what is shown only once.
      void refresh(refreshes)
      return true
    } catch (error) {
      if (!(error instanceof Refused)) throw error
      setRefusal(error.refusal)
      // What was refused is not done, so the next try may say something else; what nobody answered may be done.
      if (error.refusal.code !== 'unreachable') asked.current = { text: '', key: '' }
      if (error.refusal.code === 'stale') void refresh(refreshes)
      return false
    } finally {
      setRunning(false)
    }
  }
  const reset = () => {
    asked.current = { text: '', key: '' }
    setRefusal(null)
  }
  return { change, isRunning, refusal, reset }
}

/** What a refusal says about one field: `fieldError(refusal, '/name')`, and everything below it. */
export const fieldError = (refusal: Refusal | null, pointer: string): string | undefined =>
  refusal?.errors
    ?.filter((error) => error.pointer === pointer || error.pointer.startsWith(`${pointer}/`))
    .map(({ detail }) => detail)
    .join(' ') || undefined
