import type { ComponentProps } from 'react'
import { ConfirmDialog } from './Dialog.tsx'
import { type Change, useChange } from './useChange.ts'

type Dialog = Omit<ComponentProps<typeof ConfirmDialog>, 'onSubmit' | 'isRunning' | 'refusal'>
type Asked<Answer> = Omit<Change<undefined, Answer>, 'run'> & {
  readonly run: (idempotencyKey: string) => Promise<Answer>
}

/** One change that is asked about first, and for which nothing has to be filled in. */
export function ConfirmChange<Answer>({ run, refreshes, said, done, ...dialog }: Dialog & Asked<Answer>) {
  const { change, isRunning, refusal } = useChange<undefined, Answer>({
    run: (_, idempotencyKey) => run(idempotencyKey),
    refreshes,
    said,
    done,
  })
  return <ConfirmDialog {...dialog} onSubmit={() => void change(undefined)} isRunning={isRunning} refusal={refusal} />
}
